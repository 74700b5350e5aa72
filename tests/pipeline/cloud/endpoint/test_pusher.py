import json
from pathlib import Path

import pytest
from tfx.types import standard_artifacts

import settings
from pipeline.cloud.endpoint import deploying
from pipeline.cloud.endpoint.pusher import Executor

CLOUD = settings.load("smoke", ["cloud.project=mine", "cloud.endpoint.name=paint"]).cloud


@pytest.mark.parametrize("blessed", [1, 0])
def test_only_a_blessed_model_is_copied_and_deployed(
    blessed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, blessing = standard_artifacts.Model(), standard_artifacts.ModelBlessing()
    pushed = standard_artifacts.PushedModel()
    serving = tmp_path / "model" / "Format-Serving"
    serving.mkdir(parents=True)
    (serving / "saved_model.pb").write_bytes(b"a model")
    model.uri, blessing.uri = str(tmp_path / "model"), str(tmp_path / "blessing")
    pushed.uri = str(tmp_path / "pushed")
    blessing.set_int_custom_property("blessed", blessed)
    (tmp_path / "blessing").mkdir()
    (tmp_path / "blessing" / ("BLESSED" if blessed else "NOT_BLESSED")).touch()
    told = json.dumps({"cloud": CLOUD.model_dump(mode="json"), "name": "outpainting"})
    asked = []

    def deploy(*arguments) -> str:
        """The client takes models in buckets alone: test_deploying.py has the rest."""
        asked.append(arguments)
        return "projects/mine/models/outpainting@7"

    monkeypatch.setattr(deploying, "deploy", deploy)
    Executor().Do(
        {"model": [model], "model_blessing": [blessing]},
        {"pushed_model": [pushed]},
        {"custom_config": told},
    )
    assert asked == [(CLOUD, "outpainting", pushed.uri)] * blessed
    assert pushed.get_int_custom_property("pushed") == blessed
    if blessed:
        assert (tmp_path / "pushed" / "saved_model.pb").read_bytes() == b"a model"
        assert pushed.get_string_custom_property("pushed_version") == "7"
        destination = pushed.get_string_custom_property("pushed_destination")
        assert destination == "projects/mine/models/outpainting@7"
