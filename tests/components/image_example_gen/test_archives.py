"""Holds `sources` and `reading` to archives of every form, whole and spoilt."""

import gzip
import os
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.image_example_gen import reading, sources

MakeTar = Callable[..., Path]
WriteFiles = Callable[[Path, Iterable[str]], Path]
Find = Callable[..., list[sources.Entry]]
LAYOUT = {
    "data_256/a/airfield/1.jpg": ("train", "airfield"),
    "data_256/b/bow_window/indoor/1.jpg": ("train", "bow_window/indoor"),
    "val_256/Places365_val_00000001.jpg": ("eval", ""),
    "more/2.png": ("", ""),
}


def _link(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./", "/"])
def test_only_the_images_in_an_archive_are_taken(
    form: int, prefix: str, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    members = {f"{prefix}{name}": name.encode() for name in LAYOUT}
    ignored = {f"{prefix}val_256/{name}": b"?" for name in ("._x.jpg", "list.txt", "x")}
    others = [
        _link(f"{prefix}val_256", tarfile.DIRTYPE),
        _link(f"{prefix}folder.jpg", tarfile.DIRTYPE),
        _link(f"{prefix}link.jpg", tarfile.SYMTYPE, "/etc/hostname"),
        _link(f"{prefix}pipe.jpg", tarfile.FIFOTYPE),
    ]
    entries = find(make_tar(tmp_path / "places.tar", ignored | members, others, form))
    found = [(entry.path, (entry.split, entry.category)) for entry in entries]
    assert found == [(f"places.tar/{name}", value) for name, value in LAYOUT.items()]
    for entry, data in reading.read(entries, 1000):
        assert data == entry.path.removeprefix("places.tar/").encode()


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_an_archive_are_read(
    form: int, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    names = ["é/" + "long" * 40 + ".jpg", "写真.jpg", os.fsdecode(b"\xe9t\xe9.jpg")]
    archive = make_tar(tmp_path / "x.tar", {name: os.fsencode(name) for name in names}, form=form)
    entries = find(archive)
    assert [entry.path for entry in entries] == [f"x.tar/{name}" for name in names]
    for entry, data in reading.read(entries, 1000):
        assert data == os.fsencode(entry.path.removeprefix("x.tar/"))


def _spoilt_header(data: bytes) -> bytes:
    place = data.index(b"b.jpg")
    return data[:place] + b"c" + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        pytest.param(lambda data: b"", [], id="empty"),
        pytest.param(lambda data: b"<html>Not Found</html>" * 100, [], id="not an archive"),
        pytest.param(gzip.compress, [], id="compressed"),
        pytest.param(lambda data: data[:100], [], id="cut in the first header"),
        pytest.param(lambda data: data[:1000], ["a.jpg"], id="cut in the first file"),
        pytest.param(lambda data: data[:2248], ["a.jpg"], id="cut in the second header"),
        pytest.param(lambda data: data[:3000], ["a.jpg", "b.jpg"], id="cut in the second file"),
        pytest.param(_spoilt_header, ["a.jpg"], id="second header spoilt"),
        pytest.param(lambda data: b"x" + data[1:], [], id="first header spoilt"),
    ],
)
def test_a_spoilt_archive_is_one_entry_with_an_error_beside_what_is_left(
    spoil: Callable[[bytes], bytes],
    left: list[str],
    tmp_path: Path,
    write_files: WriteFiles,
    make_tar: MakeTar,
    find: Find,
) -> None:
    members = {name: name.encode() * 300 for name in ("a.jpg", "b.jpg", "c.jpg")}
    archive = make_tar(tmp_path / "photos" / "x.tar", members)
    archive.write_bytes(spoil(archive.read_bytes()))
    write_files(tmp_path / "photos", ["loose.jpg"])
    make_tar(tmp_path / "photos" / "y.tar", members)
    by_error: dict[bool, set[str]] = {True: set(), False: set()}
    for entry, data in reading.read(find(tmp_path / "photos"), 10_000):
        failed = isinstance(data, Exception)
        by_error[failed].add(entry.path)
        assert failed == (entry.error.startswith("not a whole tar archive: "))
    whole = {"photos/loose.jpg"} | {f"photos/y.tar/{name}" for name in members}
    assert by_error[False] == whole | {f"photos/x.tar/{name}" for name in left}
    assert by_error[True] == {"photos/x.tar"}


@pytest.fixture(scope="module")
def whole_archive(tmp_path_factory: pytest.TempPathFactory, make_tar: MakeTar) -> Path:
    names = ["é" * 60 + ".jpg", "b.jpg", "c.jpg"]  # the first needs a header of its own
    return make_tar(tmp_path_factory.mktemp("spoilt") / "x.tar", dict.fromkeys(names, b"x" * 600))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_no_spoilt_byte_or_cut_stops_the_finding(
    whole_archive: Path, find: Find, data: st.DataObject
) -> None:
    content = bytearray(whole_archive.read_bytes())
    end = content.rindex(b"x" * 600) + 1024
    place = data.draw(st.integers(0, end - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    spoilt = whole_archive.with_name("spoilt.tar")
    spoilt.write_bytes(content)
    read = dict(reading.read(find(spoilt), 1000))
    assert all(isinstance(found, Exception) for entry, found in read.items() if entry.error)
    # What lies whole before the place is there still.
    by_offset = {entry.offset: found for entry, found in read.items()}
    for entry in find(whole_archive):
        if entry.offset is not None and entry.offset + 600 <= place:
            assert by_offset[entry.offset] == b"x" * 600
