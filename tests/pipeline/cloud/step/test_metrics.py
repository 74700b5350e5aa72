import json
import math
from pathlib import Path

import pytest

from pipeline.cloud.step import metrics


def told(file: Path) -> dict:
    artifacts = {
        "evaluation": {"artifacts": [{"uri": "/s3/b/evaluation", "type": {}}]},
        metrics.OUTPUT: {"artifacts": [{"uri": "s3://b/metrics", "type": metrics.TYPE}]},
    }
    return {"outputs": {"artifacts": artifacts, "outputFile": str(file)}}


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    # The Evaluator's own are read in tests/test_compiled_spec.py.
    found = {"/s3/b/evaluation": {"psnr": 12.5, "kernel_distance": math.nan, "swd": math.inf}}
    monkeypatch.setattr("pipeline.gate.result.load_figures", found.__getitem__)


def test_tfx_is_not_told_and_what_it_says_is_added_to(tmp_path: Path, figures: None) -> None:
    file = tmp_path / "said.json"
    invocation = told(file)
    artifact = metrics.take(invocation)
    assert artifact is not None
    assert list(invocation["outputs"]["artifacts"]) == ["evaluation"]
    file.write_text(json.dumps({"artifacts": {"evaluation": {"artifacts": [{"uri": "x"}]}}}))
    metrics.add(artifact, invocation)
    said = json.loads(file.read_text())["artifacts"]
    assert said["evaluation"] == {"artifacts": [{"uri": "x"}]}
    # What is no number cannot be sent as one.
    added = {"uri": "s3://b/metrics", "type": metrics.TYPE, "metadata": {"psnr": 12.5}}
    assert said[metrics.OUTPUT] == {"artifacts": [added]}


def test_of_a_step_that_failed_nothing_is_added(tmp_path: Path, figures: None) -> None:
    invocation = told(tmp_path / "said.json")
    artifact = metrics.take(invocation)
    assert artifact is not None
    metrics.add(artifact, invocation)
    assert not list(tmp_path.iterdir())


def test_other_steps_have_no_such_output(tmp_path: Path) -> None:
    invocation = told(tmp_path / "said.json")
    del invocation["outputs"]["artifacts"][metrics.OUTPUT]
    assert metrics.take(invocation) is None
    assert metrics.take({}) is None
    assert list(invocation["outputs"]["artifacts"]) == ["evaluation"]
