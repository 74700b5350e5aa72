"""Every file is accounted for: taken, rejected, ignored or beyond a limit."""

import csv
from collections import Counter
from pathlib import Path

from components.image_example_gen import accounting
from tests.components.conftest import Ingest, MakeJpeg
from tests.components.image_example_gen.executor.ingested import (
    SEVERAL,
    fill,
    paths_of,
    record_files,
    rejects_of,
)


def test_limits_hold_for_each_split(make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path) -> None:
    folder = fill(tmp_path / "photos", [(f"{n}.jpg", make_jpeg(n)) for n in range(20)])
    found = ingest([folder], tmp_path / "output", images={"train": 4, "eval": 2})
    assert accounting.read_summary(found.uri)["images"] == {"train": 4, "eval": 2}


def test_what_is_no_photograph_is_counted_and_listed(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    good = [(f"{n}.jfif", make_jpeg(n)) for n in range(9)]
    others = ["a.mov", "b.MOV", "c.svg", "README", ".hidden.jpg", "categories_places365.txt"]
    folder = fill(tmp_path / "photos", [*good, *((name, b"?") for name in others)])
    found = ingest([folder], tmp_path / "output")
    summary = accounting.read_summary(found.uri)
    assert sum(summary["images"].values()) == 9
    expected = {".mov": 2, ".svg": 1, "hidden": 1, "list": 1, "no suffix": 1}
    assert summary["ignored"] == expected
    with open(Path(found.uri) / accounting.IGNORED_FILE, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["path", "reason"]
    assert Counter(reason for _, reason in rows) == expected
    assert ["photos/b.MOV", ".mov"] in rows
    assert "6 ignored (2 .mov, 1 .svg, 1 hidden, 1 list, 1 no suffix)" in accounting.describe(
        summary, found.uri
    )


def test_bad_files_of_a_sample_are_replaced(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    good = [(f"train/{n}.jpg", make_jpeg(n)) for n in range(20)]
    bad = [(f"train/bad{n}.jpg", b"bad") for n in range(30)]
    few = [(f"val/{n}.jpg", make_jpeg(n) if n < 3 else b"") for n in range(6)]
    folder = fill(tmp_path / "photos", [*good, *bad, *few])
    found = ingest([folder], tmp_path / "output", images={"train": 12, "eval": 5}, sizes=SEVERAL)
    summary = accounting.read_summary(found.uri)
    assert summary["images"] == {"train": 12, "eval": 3}
    rejected = sum(summary["rejected"].values())
    assert summary["rejected"]["empty"] == 3
    assert summary["ignored"] == {accounting.LIMIT: 56 - 15 - rejected}
    assert len(paths_of(found)["train"]) == len(set(paths_of(found)["train"])) == 12
    names = [name for name in record_files(found) if name.startswith("Split-train")]
    assert names == [
        f"Split-train/data_tfrecord-{n:05d}-of-{len(names):05d}" for n in range(len(names))
    ]
    assert not (Path(found.uri) / "planned").exists()
    again = ingest([folder], tmp_path / "again", images={"train": 12, "eval": 5}, sizes=SEVERAL)
    assert record_files(again) == record_files(found)


def test_an_unreadable_file_is_told_though_only_a_sample_is_taken(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "photos", [(f"{n}.jpg", make_jpeg(n)) for n in range(20)])
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    found = ingest([folder], tmp_path / "output", images={"train": 2, "eval": 2})
    assert [row[:2] for row in rejects_of(found)] == [["photos/gone.jpg", "unreadable"]]
