"""An archive's headers are read once, as long as it stays as it is."""

import os
from pathlib import Path

import pytest

from components.image_example_gen.discovery import archives, listing
from components.image_example_gen.discovery.entries import File, Member
from components.image_example_gen.discovery.indexes import Indexes
from tests.components.conftest import MakeTar

ODD = os.fsdecode(b"caf\xe9.jpg")


@pytest.fixture
def archive(make_tar: MakeTar, tmp_path: Path) -> Path:
    members = {"a/1.jpg": b"one", ODD: b"two", "notes.txt": b"", "._x.jpg": b""}
    return make_tar(tmp_path / "x.tar", members)


def _file(archive: Path) -> File:
    (file,) = listing.list_files([str(archive)])
    return file


def test_an_index_says_what_the_archive_says(archive: Path, tmp_path: Path) -> None:
    expected = list(archives.read(str(archive)))
    indexes = Indexes(str(tmp_path / "indexes"), "code")
    assert indexes.missing(_file(archive))
    for _ in range(2):
        found = list(indexes.read(_file(archive)))
        assert [[*content] for content in found] == [[*content] for content in expected]
        assert [type(content) for content in found] == [type(content) for content in expected]
        assert not indexes.missing(_file(archive))


def test_an_archive_that_has_an_index_is_not_read(archive: Path, tmp_path: Path) -> None:
    indexes = Indexes(str(tmp_path / "indexes"), "code")
    file = _file(archive)
    indexes.make(file)
    archive.unlink()
    assert [content.name for content in indexes.read(file) if isinstance(content, Member)] == [
        "a/1.jpg",
        ODD,
    ]


def test_another_archive_or_other_code_has_another_index(
    archive: Path, tmp_path: Path, make_tar: MakeTar
) -> None:
    indexes = Indexes(str(tmp_path / "indexes"), "code")
    indexes.make(_file(archive))
    assert Indexes(str(tmp_path / "indexes"), "other").missing(_file(archive))
    make_tar(archive, {"a/1.jpg": b"one", "a/2.jpg": b"two"})
    assert indexes.missing(_file(archive))


def test_an_archive_that_breaks_off_is_read_anew_each_time(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:1100])
    indexes = Indexes(str(tmp_path / "indexes"), "code")
    for _ in range(2):
        assert list(indexes.read(_file(archive))) == list(archives.read(str(archive)))
        assert indexes.missing(_file(archive))
    assert os.listdir(tmp_path / "indexes") == []


def test_indexes_that_were_not_used_go(archive: Path, tmp_path: Path, make_tar: MakeTar) -> None:
    other = make_tar(tmp_path / "y.tar", {"1.jpg": b""})
    Indexes(str(tmp_path / "indexes"), "code").make(_file(other))
    indexes = Indexes(str(tmp_path / "indexes"), "code")
    list(indexes.read(_file(archive)))
    assert len(os.listdir(tmp_path / "indexes")) == 2
    indexes.tidy()
    assert not indexes.missing(_file(archive))
    assert indexes.missing(_file(other))
