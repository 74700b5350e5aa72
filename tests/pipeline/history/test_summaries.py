from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2

from pipeline.history import runs, summaries
from settings import load, presets
from tests.pipeline import stores


def summarise(output: Path, **options) -> list[dict]:
    store = runs.open_store(output / "metadata" / "metadata.db")
    return [summaries.summarise(run, **options) for run in runs.read_runs(store)]


def test_a_complete_run_says_all_that_is_asked(history: Path) -> None:
    summary = summarise(history)[-1]
    assert summary.pop("started").endswith("+00:00")
    assert summary.pop("seconds") >= 0
    assert summary == {
        "run": 1,
        "state": "complete",
        "preset": "smoke",
        "settings": stores.SETTINGS,
        "data": ["/photos/holiday", "/photos/val.tar"],
        "images": {"train": 8, "eval": 3},
        "rejected": {"corrupt": 2, "empty": 1},
        "ignored": {".mov": 1},
        "code": {
            "ImageExampleGen": "aaaa1111aaaa1111",
            "Transform": "cccc3333cccc3333",
            "Trainer": "bbbb2222bbbb2222",
        },
        "components": dict.fromkeys(
            ["ImageExampleGen", "CuratedSchema", "Transform", "Trainer", "Evaluator", "Pusher"],
            "COMPLETE",
        ),
        "metrics": {
            "psnr_of_mean_mse": 14.25,
            "mean_fill_psnr_of_mean_mse": 12.5,
            "fade_fill_psnr_of_mean_mse": 13.75,
        },
        "blessed": True,
        "pushed": "/o/serving/1790000001",
        "version": "1790000001",
        "model": "/o/model/4",
    }


def test_a_model_that_was_refused_is_not_pushed(history: Path) -> None:
    summary = summarise(history)[1]
    assert summary["blessed"] is False
    assert summary["pushed"] is None
    assert summary["version"] is None
    assert summary["state"] == "complete"
    assert summary["metrics"] == {"psnr_of_mean_mse": 11.0}


def test_what_a_failed_run_never_came_to_is_not_known(history: Path) -> None:
    summary = summarise(history)[0]
    assert summary["state"] == "failed in Trainer"
    assert [summary[key] for key in ("blessed", "pushed", "model")] == [None, None, None]
    assert summary["metrics"] == {}


@pytest.mark.parametrize(
    ("state", "under_way", "said"),
    [
        (metadata_store_pb2.Execution.RUNNING, True, "running Trainer"),
        (metadata_store_pb2.Execution.RUNNING, False, "stopped in Trainer"),
        (metadata_store_pb2.Execution.CANCELED, False, "stopped in Trainer"),
        (metadata_store_pb2.Execution.COMPLETE, True, "running"),
        (metadata_store_pb2.Execution.COMPLETE, False, "stopped after Trainer"),
    ],
)
def test_a_run_that_was_cut_short_says_where(
    tmp_path: Path, state: int, under_way: bool, said: str
) -> None:
    writer = stores.Writer(tmp_path)
    run = writer.run()
    writer.execute(run, "Transform")
    writer.execute(run, "Trainer", state)
    (summary,) = summarise(tmp_path, under_way=under_way)
    assert summary["state"] == said
    assert summary["preset"] is summary["data"] is summary["images"] is None


@pytest.mark.parametrize("preset", presets())
def test_a_presets_own_settings_are_no_changes(preset: str) -> None:
    told = load(preset, ["training.seed=99"]).model_dump(mode="json")
    assert summaries.changed(told, preset) == {"training.seed": 99}


def test_settings_at_their_defaults_are_left_out() -> None:
    settings = load("smoke", ["training.batch_size=7", "mask.top=0"]).model_dump(mode="json")
    changed = summaries.changed(settings)
    assert changed["training.batch_size"] == 7
    assert changed["mask.top"] == 0
    assert "mask.bottom" not in changed
    assert "preset" not in changed
    # A setting that has gone since is shown.
    assert summaries.changed({"training": {"retired": True}}) == {"training.retired": True}
