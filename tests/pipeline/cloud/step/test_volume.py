import json
import os
from pathlib import Path

import pytest

from pipeline.cloud.step import volume


def told(side: str, uri: Path, name: str = volume.EXAMPLES) -> dict:
    return {side: {"artifacts": {name: {"artifacts": [{"uri": str(uri)}]}}}}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An artifact as the launcher copies it, of examples that a step has written."""
    folder = tmp_path / "disk" / "ImageExampleGen" / "salt" / "examples"
    laid = volume.lay_out(told("outputs", folder), str(tmp_path / "volume"))
    assert laid == str(folder)
    for split in ("train", "eval"):
        (folder / f"Split-{split}").mkdir()
        (folder / f"Split-{split}" / "shard").write_text(split * 1000)
    (folder / "summary.json").write_text("{}")
    volume.leave(laid)
    return folder


def test_what_is_copied_holds_no_split_and_says_where_they_are(
    written: Path, tmp_path: Path
) -> None:
    assert not written.is_symlink()
    assert sorted(os.listdir(written)) == ["summary.json", "volume.json"]
    kept = tmp_path / "volume" / "examples" / "salt"
    assert json.loads((written / "volume.json").read_text()) == {
        "folder": str(kept),
        "splits": ["Split-eval", "Split-train"],
    }
    assert (kept / "Split-train" / "shard").read_text() == "train" * 1000


def test_a_step_that_is_given_them_finds_them_where_it_looks(written: Path, tmp_path: Path) -> None:
    copy = tmp_path / "another disk" / "examples"
    copy.parent.mkdir()
    written.rename(copy)
    for _ in range(2):  # it may be begun again
        volume.find(told("inputs", copy))
        for split in ("train", "eval"):
            assert (copy / f"Split-{split}" / "shard").read_text() == split * 1000


def test_other_artifacts_stay_as_they_are(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    volume.find(told("inputs", model, "model"))
    volume.find(told("inputs", model))  # examples in a bucket, with their splits
    volume.find({})
    assert volume.lay_out(told("outputs", model, "model"), str(tmp_path / "volume")) == ""
    assert sorted(tmp_path.iterdir()) == [model]
    assert not list(model.iterdir())
