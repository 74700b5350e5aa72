import csv
import json
from pathlib import Path

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.types import standard_artifacts

from components.image_example_gen import accounting
from pipeline.notebook.views import data
from tests.conftest import ROOT


def test_counts_name_reasons_and_a_file_for_each(tmp_path: Path) -> None:
    summary = {"images": {"train": 8, "eval": 3}, "rejected": {"corrupt": 2, "empty": 1}}
    summary["ignored"] = {".mov": 4}
    (tmp_path / accounting.SUMMARY_FILE).write_text(json.dumps(summary))
    with open(tmp_path / accounting.REJECTS_FILE, "w", newline="") as file:
        rows = [("path", "reason", "detail"), ("a.jpg", "corrupt", "x"), ("b, c.jpg", "empty", "")]
        csv.writer(file).writerows([*rows, ("z.jpg", "corrupt", "x")])
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path)
    assert data.counts(examples).data.splitlines()[2:] == [
        "| train | 8 | taken |",
        "| eval | 3 | taken |",
        "| corrupt | 2 | rejected, as a.jpg |",
        "| empty | 1 | rejected, as b, c.jpg |",
        "| .mov | 4 | ignored |",
    ]


def test_anomalies_are_listed_by_split_and_a_sound_split_says_so() -> None:
    schema = tfdv.load_schema_text(str(ROOT / "pipeline" / "schema" / "schema.pbtxt"))
    few = statistics_pb2.DatasetFeatureStatisticsList()
    few.datasets.add(num_examples=2)
    by_split = {"train": tfdv.validate_statistics(few, schema), "eval": anomalies_pb2.Anomalies()}
    lines = data.list_anomalies(by_split).data.splitlines()[2:]
    assert "| train | [dataset anomaly] | The dataset has 2 examples, which is fewer than" in str(
        lines
    )
    assert any(line.startswith("| train | image | ") for line in lines)
    assert lines[-1] == "| eval |  | no anomaly |"
