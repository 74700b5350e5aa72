"""Holds the reading to real files that are long, empty or gone."""

from pathlib import Path

from components.image_example_gen import images, reading
from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles


def test_files_are_read_whole_and_long_ones_one_byte_beyond_the_limit(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    content = {"long.jpg": b"x" * 1000, "just.jpg": b"y" * 100, "empty.jpg": b""}
    root = tmp_path / "photos"
    make_tar(root / "x.tar", content)
    for name, data in content.items():
        (root / name).write_bytes(data)
    read = {entry.path: data for entry, data in reading.read(find(root).entries, max_bytes=100)}
    for folder in ("photos", "photos/x.tar"):
        assert read[f"{folder}/long.jpg"] == b"x" * 101
        assert read[f"{folder}/just.jpg"] == b"y" * 100
        assert read[f"{folder}/empty.jpg"] == b""


def test_what_vanishes_after_it_was_found_is_an_error_and_the_rest_is_read(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["kept.jpg", "gone.jpg"])
    archive = make_tar(root / "x.tar", {"a.jpg": b"a", "b.jpg": b"b"})
    cut = make_tar(root / "y.tar", {"c.jpg": b"c" * 600, "d.jpg": b"d" * 600})
    entries = find(root).entries
    (root / "gone.jpg").unlink()
    archive.unlink()
    cut.write_bytes(cut.read_bytes()[:2300])
    read = {entry.path: data for entry, data in reading.read(entries, 1000)}
    assert read.pop("photos/kept.jpg") == b"bytes of kept.jpg"
    assert read.pop("photos/y.tar/c.jpg") == b"c" * 600
    lost = {"gone.jpg", "x.tar/a.jpg", "x.tar/b.jpg", "y.tar/d.jpg"}
    assert set(read) == {f"photos/{name}" for name in lost}
    assert all(isinstance(data, images.Rejected) for data in read.values())
    assert {data.reason for data in read.values()} == {"unreadable"}
