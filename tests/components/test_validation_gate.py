"""Runs the gate on what ImageExampleGen, StatisticsGen and ExampleValidator really write."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx import types
from tfx.components.example_validator import executor as example_validator
from tfx.components.statistics_gen import executor, stats_artifact_utils
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx_bsl.coders import example_coder

import settings
from components import validation_gate
from components.image_example_gen.dealing import shards
from models import features
from pipeline.beam import WITHIN_PROCESS
from pipeline.gate import data_schema
from tests.components.conftest import Ingest, MakeJpeg

SCHEMA = Path(__file__).parents[2] / "pipeline" / "schema" / "schema.pbtxt"

OPTIONS = tfdv.StatsOptions(schema=data_schema.of_bytes())


class Checked(NamedTuple):
    """A set of images on its way to the gate."""

    examples: standard_artifacts.Examples
    anomalies: standard_artifacts.ExampleAnomalies
    schema: standard_artifacts.Schema

    def found(self) -> list[str]:
        return validation_gate.list_anomalies(self.anomalies)

    def pass_gate(self) -> None:
        """Runs the component as TFX does."""
        node = validation_gate.ValidationGate.EXECUTOR_SPEC.executor_class()
        inputs = {
            "examples": [self.examples],
            "anomalies": [self.anomalies],
            "schema": [self.schema],
        }
        node.Do(inputs, {}, {})


def _artifact(kind: type[types.Artifact], path: Path) -> types.Artifact:
    artifact = kind()
    artifact.uri = str(path)
    return artifact


def _records(examples: standard_artifacts.Examples, split: str) -> list[bytes]:
    folder = Path(artifact_utils.get_split_uri([examples], split))
    files = [str(path) for path in sorted(folder.iterdir())]
    return list(tf.data.TFRecordDataset(files).as_numpy_iterator())


def _statistics_without_beam(
    examples: standard_artifacts.Examples, statistics: standard_artifacts.ExampleStatistics
) -> None:
    """Writes what StatisticsGen writes, in a tenth of its time."""
    statistics.split_names = examples.split_names
    for split in artifact_utils.decode_split_names(examples.split_names):
        batch = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(_records(examples, split))
        found = stats_impl.generate_statistics_in_memory(batch, OPTIONS)
        folder = Path(artifact_utils.get_split_uri([statistics], split))
        folder.mkdir(parents=True)
        (folder / stats_artifact_utils.BINARY_PB_BASENAME).write_bytes(found.SerializeToString())


def _check(
    examples: standard_artifacts.Examples,
    folder: Path,
    statistics_gen: bool = False,
    overrides: tuple[str, ...] = (),
) -> Checked:
    statistics = _artifact(standard_artifacts.ExampleStatistics, folder / "statistics")
    schema = _artifact(standard_artifacts.Schema, folder / "schema")
    anomalies = _artifact(standard_artifacts.ExampleAnomalies, folder / "anomalies")
    (folder / "schema").mkdir()
    text = data_schema.read(settings.load("smoke", overrides), SCHEMA)
    (folder / "schema" / "schema.pbtxt").write_text(text)
    if statistics_gen:
        within = executor.Executor.Context(beam_pipeline_args=[*WITHIN_PROCESS])
        told = {standard_component_specs.STATS_OPTIONS_JSON_KEY: OPTIONS.to_json()}
        executor.Executor(within).Do({"examples": [examples]}, {"statistics": [statistics]}, told)
    else:
        _statistics_without_beam(examples, statistics)
    example_validator.Executor().Do(
        {"statistics": [statistics], "schema": [schema]}, {"anomalies": [anomalies]}, {}
    )
    return Checked(examples, anomalies, schema)


def _folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def _photographs(make_jpeg: MakeJpeg, train: int, evaluation: int) -> dict[str, bytes]:
    names = [f"train/{n}.jpg" for n in range(train)] + [f"val/{n}.jpg" for n in range(evaluation)]
    return {name: make_jpeg(number) for number, name in enumerate(names)}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, make_jpeg: MakeJpeg, ingest: Ingest) -> Checked:
    """Just as much data as the schema asks for."""
    root = tmp_path_factory.mktemp("clean")
    data = _folder(root / "photos", _photographs(make_jpeg, 8, 8))
    return _check(ingest([data], root / "examples"), root)


def test_many_images_pass(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:  # from 100 values on, TFDV guesses what they are
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 120, 110))
    checked = _check(ingest([data], tmp_path / "examples"), tmp_path, statistics_gen=True)
    assert checked.found() == []
    checked.pass_gate()


def test_clean_data_passes(clean: Checked) -> None:
    assert clean.found() == []
    clean.pass_gate()


def test_a_half_of_rejects_passes_and_more_is_refused(
    clean: Checked, make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    bad = {f"train/bad{n}.jpg": b"" for n in range(16)}
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 8, 8) | bad)
    half = clean._replace(examples=ingest([data], tmp_path / "half"))
    half.pass_gate()
    (data / "train" / "one more.jpg").write_bytes(b"")
    more = clean._replace(examples=ingest([data], tmp_path / "more"))
    with pytest.raises(validation_gate.InvalidDataError, match="17 of 33 image files"):
        more.pass_gate()


def test_nine_tenths_of_garbage_are_refused_with_share_and_reasons(
    clean: Checked, make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    bad = {
        f"train/{'empty' if n % 4 else 'bad'}{n}.jpg": b"" if n % 4 else b"?" for n in range(144)
    }
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 8, 8) | bad)
    garbage = clean._replace(examples=ingest([data], tmp_path / "examples"))
    with pytest.raises(validation_gate.InvalidDataError) as error:
        garbage.pass_gate()
    told = str(error.value)
    assert "144 of 160 image files were rejected (36 corrupt, 108 empty)" in told
    assert "more than a share of 0.5" in told
    assert str(tmp_path / "examples" / "rejects.csv") in told


def test_a_schema_without_a_share_allows_any_number_of_rejects(
    ingest: Ingest, make_jpeg: MakeJpeg, tmp_path: Path
) -> None:
    bad = {f"train/{n}.jpg": b"" for n in range(9)}
    data = _folder(
        tmp_path / "photos", _photographs(make_jpeg, 0, 1) | {"train/a.jpg": make_jpeg(), **bad}
    )
    examples = ingest([data], tmp_path / "examples")
    assert validation_gate.list_rejects(examples.uri, schema_pb2.Schema()) == []


def test_too_few_images_of_a_split_are_refused_and_the_split_named(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 9, 7))
    few = _check(ingest([data], tmp_path / "examples"), tmp_path)
    (line,) = few.found()
    assert line.startswith("eval: ")
    assert "7 examples" in line
    with pytest.raises(validation_gate.InvalidDataError, match="eval: "):
        few.pass_gate()


def test_a_width_out_of_range_is_refused_by_split_and_feature(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    narrow = {"val/narrow.jpg": make_jpeg(1, 31, 40)}
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 9, 9) | narrow)
    checked = _check(ingest([data], tmp_path / "examples", min_side=16), tmp_path)
    (line,) = checked.found()
    assert line.startswith("eval: feature width: ")
    assert "31" in line
    with pytest.raises(validation_gate.InvalidDataError, match="feature width"):
        checked.pass_gate()


def test_what_ingestion_was_told_to_accept_the_gate_accepts(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    narrow = {"val/narrow.jpg": make_jpeg(1, 17, 40), "val/wide.jpg": make_jpeg(1, 3000, 40)}
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 9, 9) | narrow)
    examples = ingest([data], tmp_path / "examples", min_side=16)
    told = ("data.min_side=16", "data.max_side=3000")
    _check(examples, tmp_path, overrides=told).pass_gate()
    (tmp_path / "narrower").mkdir()
    (line,) = _check(examples, tmp_path / "narrower", overrides=("data.max_side=2999",)).found()
    assert line.startswith("eval: feature width: ")


@pytest.mark.parametrize("key", [features.IMAGE, features.CATEGORY])
def test_a_missing_feature_is_refused_by_name_in_every_split(
    key: str, make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 9, 9))
    examples = ingest([data], tmp_path / "examples")
    for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT):
        records = _records(examples, split)
        (file,) = Path(artifact_utils.get_split_uri([examples], split)).iterdir()
        with tf.io.TFRecordWriter(str(file)) as writer:
            for record in records:
                example = tf.train.Example.FromString(record)
                del example.features.feature[key]
                writer.write(example.SerializeToString())
    checked = _check(examples, tmp_path)
    found = checked.found()
    assert [line.split(": ")[:2] for line in found] == [
        ["train", f"feature {key}"],
        ["eval", f"feature {key}"],
    ]
    with pytest.raises(validation_gate.InvalidDataError) as error:
        checked.pass_gate()
    assert all(line in str(error.value) for line in found)


def test_a_sound_split_is_not_blamed_for_the_faults_of_another(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    faults = {f"train/bad{n}.jpg": b"?" for n in range(15)}
    faults["train/narrow.jpg"] = make_jpeg(1, 31, 40)
    data = _folder(tmp_path / "photos", _photographs(make_jpeg, 3, 8) | faults)
    # Many a shard is empty, all of its images rejected.
    examples = ingest(
        [data], tmp_path / "examples", min_side=16, sizes=shards.Sizes(1 << 20, 99, 1, 1 << 16)
    )
    checked = _check(examples, tmp_path, statistics_gen=True)
    with pytest.raises(validation_gate.InvalidDataError) as error:
        checked.pass_gate()
    told = str(error.value)
    for fault in ("train: The dataset has 4 ", "train: feature width", "15 of 27 image files"):
        assert fault in told
    assert "eval: " not in told
