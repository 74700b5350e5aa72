"""Holds the finding and the reading to archives of every form, whole, spoilt and odd."""

import gzip
import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.image_example_gen import images, reading
from components.image_example_gen.discovery import archives, walk
from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles

LAYOUT = {
    "data_256/a/airfield/1.jpg": ("train", "airfield"),
    "data_256/b/bow_window/indoor/1.jpg": ("train", "bow_window/indoor"),
    "val_256/Places365_val_00000001.jpg": ("eval", ""),
    "more/2.png": ("", ""),
}


def _contents(found: Any, most: int = 10_000) -> dict[str, bytes]:
    """What is read of each image; nothing fails."""
    read = {entry.path: data for entry, data in reading.read(found.entries, most)}
    assert not any(isinstance(data, images.Rejected) for data in read.values())
    return read


def _link(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./", "/"])
def test_only_the_images_in_an_archive_are_taken(
    form: int, prefix: str, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    members = {f"{prefix}{name}": f"{prefix}{name}".encode() for name in LAYOUT}
    ignored = {f"{prefix}val_256/{name}": b"?" for name in ("._x.jpg", "list.txt", "x")}
    others = [
        _link(f"{prefix}val_256", tarfile.DIRTYPE),
        _link(f"{prefix}folder.jpg", tarfile.DIRTYPE),
        _link(f"{prefix}link.jpg", tarfile.SYMTYPE, "/etc/hostname"),
        _link(f"{prefix}pipe.jpg", tarfile.FIFOTYPE),
    ]
    result = find(make_tar(tmp_path / "places.tar", ignored | members, others, form))
    found = [(entry.path, (entry.split, entry.category)) for entry in result.entries]
    assert found == [(f"places.tar/{name}", value) for name, value in LAYOUT.items()]
    for path, data in _contents(result).items():
        assert data == f"{prefix}{path.removeprefix('places.tar/')}".encode()
    assert result.failed == {
        "places.tar/link.jpg": "a link to etc/hostname, which is not in the archive"
    }
    assert result.ignored == {
        "places.tar/pipe.jpg": archives.NO_FILE,
        "places.tar/val_256/._x.jpg": walk.HIDDEN,
        "places.tar/val_256/list.txt": ".txt",
        "places.tar/val_256/x": "no suffix",
    }


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_an_archive_are_read(
    form: int, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    names = ["é/" + "long" * 40 + ".jpg", "写真.jpg", os.fsdecode(b"\xe9t\xe9.jpg")]
    archive = make_tar(tmp_path / "x.tar", {name: os.fsencode(name) for name in names}, form=form)
    found = find(archive)
    assert found.paths == [f"x.tar/{name}" for name in names]
    for path, data in _contents(found).items():
        assert data == os.fsencode(path.removeprefix("x.tar/"))


def _spoilt_header(data: bytes) -> bytes:
    place = data.index(b"b.jpg")
    return data[:place] + b"c" + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        pytest.param(lambda data: b"", [], id="empty"),
        pytest.param(lambda data: b"<html>Not Found</html>" * 100, [], id="not an archive"),
        pytest.param(lambda data: data[:100], [], id="cut in the first header"),
        pytest.param(lambda data: data[:1000], ["a.jpg"], id="cut in the first file"),
        pytest.param(lambda data: data[:2248], ["a.jpg"], id="cut in the second header"),
        pytest.param(lambda data: data[:3000], ["a.jpg", "b.jpg"], id="cut in the second file"),
        pytest.param(_spoilt_header, ["a.jpg"], id="second header spoilt"),
        pytest.param(lambda data: b"x" + data[1:], [], id="first header spoilt"),
    ],
)
def test_a_spoilt_archive_is_told_and_what_is_left_of_it_is_taken(
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
    found = find(tmp_path / "photos")
    whole = {"photos/loose.jpg"} | {f"photos/y.tar/{name}" for name in members}
    assert set(found.paths) == whole | {f"photos/x.tar/{name}" for name in left}
    (why,) = found.failed.values()
    assert list(found.failed) == ["photos/x.tar"]
    assert why.startswith("not a whole tar archive: ")
    read = dict(reading.read(found.entries, 10_000))
    assert all(read[entry] for entry in found.entries)


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
    found = find(spoilt)
    read = dict(reading.read(found.entries, 1000))
    # What lies whole before the place is there still.
    by_offset = {entry.member.offset: data for entry, data in read.items()}
    for entry in find(whole_archive).entries:
        if entry.member.offset + 600 <= place:
            assert by_offset[entry.member.offset] == b"x" * 600


# Links.


def test_other_names_of_a_member_are_counted(tmp_path: Path, find: Find) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(3):
        (source / f"p{number}.jpg").write_bytes(b"%d" % number)
        os.link(source / f"p{number}.jpg", source / f"q{number}.jpg")
    (source / "a.jpg").symlink_to("p0.jpg")  # before what it leads to
    subprocess.run(["tar", "-cf", tmp_path / "x.tar", "--sort=name", "-C", source, "."], check=True)
    found = find(tmp_path / "x.tar")
    assert [*_contents(found).values()] == [b"0", b"1", b"2"]
    assert found.ignored == {f"x.tar/{n}.jpg": walk.LINK for n in ("a", "q0", "q1", "q2")}


# Sparse members.


@pytest.mark.parametrize("form", ["gnu", "pax"])
@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_a_sparse_member_is_read_with_its_holes(
    form: str, version: str, tmp_path: Path, find: Find
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    night = bytearray(200_000)
    night[0:5000] = bytes(range(250)) * 20
    night[100_000:101_000] = b"x" * 1000
    with open(source / "a.tif", "wb") as file:
        for start in (0, 98_304, 102_400):
            file.seek(start)
            file.write(night[start : start + 8192].rstrip(b"\0"))
        file.truncate(len(night))
    (source / "b.jpg").write_bytes(b"the next one" * 1000)
    command = ["tar", "--sparse", f"--format={form}", "-cf", tmp_path / "x.tar"]
    command += [f"--sparse-version={version}"] if form == "pax" else []
    subprocess.run([*command, "-C", source, "a.tif", "b.jpg"], check=True)
    assert (tmp_path / "x.tar").stat().st_size < len(night)  # or nothing is shown
    found = find(tmp_path / "x.tar")
    assert _contents(found, 10**6) == {
        "x.tar/a.tif": bytes(night),
        "x.tar/b.jpg": b"the next one" * 1000,
    }
    for most in (0, 4999, 100_500):
        cut = _contents(found, most)
        assert cut["x.tar/a.tif"] == bytes(night[: most + 1])


# Archives after and within one another.


def test_of_members_of_one_name_the_last_counts(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    archive = make_tar(tmp_path / "x.tar", {"a.jpg": b"old", "b.jpg": b"b"})
    with tarfile.open(archive, "a") as tar:
        for name, content in {"a.jpg": b"new", "c.jpg": b"c"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    found = find(archive)
    assert _contents(found) == {"x.tar/b.jpg": b"b", "x.tar/a.jpg": b"new", "x.tar/c.jpg": b"c"}
    assert found.ignored == {"x.tar/a.jpg": archives.REPLACED}


@pytest.mark.parametrize("padding", [0, 512, 3_000_000 // 512 * 512])
def test_archives_that_follow_one_another_in_a_file_are_all_read(
    padding: int, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    parts = [make_tar(tmp_path / f"{name}.tar", {f"{name}.jpg": name.encode()}) for name in "abc"]
    both = tmp_path / "both.tar"
    both.write_bytes(bytes(padding).join(part.read_bytes() for part in parts))
    found = find(both)
    assert _contents(found) == {f"both.tar/{name}.jpg": name.encode() for name in "abc"}
    assert found.failed == {}


def test_what_follows_an_archive_and_is_none_is_told(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    archive = make_tar(tmp_path / "x.tar", {"a.jpg": b"a"})
    with open(archive, "ab") as file:
        file.write(b"garbage" * 200)
    found = find(archive)
    assert found.paths == ["x.tar/a.jpg"]
    assert list(found.failed) == ["x.tar"]


def test_archives_in_an_archive_are_read_in_place(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    """As ImageNet comes: an archive of archives, one a class."""
    inner = {
        name: make_tar(tmp_path / f"{name}.tar", {f"{name}_1.JPEG": name.encode()})
        for name in ("n01", "n02")
    }
    cut = inner["n02"].read_bytes()[:700] + b"?" * 20
    members = {f"{name}.tar": file.read_bytes() for name, file in inner.items()}
    deep = make_tar(tmp_path / "deep.tar", {"in/n01.tar": members["n01.tar"]}).read_bytes()
    archive = make_tar(
        tmp_path / "ILSVRC2012_img_train.tar",
        {**members, "x/cut.tar": cut, "z.tar": deep, "last.jpg": b"l"},
    )
    found = find(archive)
    base = archive.name
    assert _contents(found) == {
        f"{base}/n01.tar/n01_1.JPEG": b"n01",
        f"{base}/n02.tar/n02_1.JPEG": b"n02",
        f"{base}/x/cut.tar/n02_1.JPEG": b"n02",
        f"{base}/z.tar/in/n01.tar/n01_1.JPEG": b"n01",
        f"{base}/last.jpg": b"l",
    }
    assert list(found.failed) == [f"{base}/x/cut.tar"]
    assert [(e.split, e.category) for e in found.entries][:2] == [
        ("train", "n01"),
        ("train", "n02"),
    ]


# Compressed ones.


def test_a_compressed_archive_is_told_whatever_its_name(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    root = tmp_path / "photos"
    plain = make_tar(root / "x.tar", {"a.jpg": b"a"})
    packed = gzip.compress(plain.read_bytes())
    for name in ("y.tar", "y.tar.gz", "y.tgz"):
        (root / name).write_bytes(packed)
    make_tar(root / "z.tar", {"y.tgz": packed, "y.zip": b"PK"})
    found = find(root)
    assert found.paths == ["photos/x.tar/a.jpg"]
    assert found.failed.pop("photos/y.tar") == "compressed by gzip; unpack it first"
    assert set(found.failed) == {
        f"photos/{n}" for n in ("y.tar.gz", "y.tgz", "z.tar/y.tgz", "z.tar/y.zip")
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_images_of_a_zip_are_read_in_place(method: int, tmp_path: Path, find: Find) -> None:
    archive = tmp_path / "photos.zip"
    content = {f"train/beach/{n}.jpg": b"%d" % n * 2000 for n in range(3)}
    with zipfile.ZipFile(archive, "w", method) as packed:
        packed.mkdir("train") if hasattr(packed, "mkdir") else None
        for name, data in [*content.items(), ("__MACOSX/train/._0.jpg", b""), ("read.me", b"")]:
            packed.writestr(name, data)
    found = find(archive)
    assert _contents(found) == {f"photos.zip/{name}": data for name, data in content.items()}
    assert _contents(found, 9) == {
        f"photos.zip/{name}": data[:10] for name, data in content.items()
    }
    assert {(entry.split, entry.category) for entry in found.entries} == {("train", "beach")}
    assert found.ignored == {
        "photos.zip/__MACOSX/train/._0.jpg": walk.HIDDEN,
        "photos.zip/read.me": ".me",
    }


def test_a_zip_written_with_backslashes_has_folders(tmp_path: Path, find: Find) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("val\\lake\\1.jpg", b"1")
    found = find(archive)
    assert _contents(found) == {"x.zip/val/lake/1.jpg": b"1"}
    assert [(entry.split, entry.category) for entry in found.entries] == [("eval", "lake")]


def test_a_spoilt_zip_and_a_spoilt_member_are_told(tmp_path: Path, find: Find) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.jpg", b"first" * 10)
        packed.writestr("b.jpg", b"second" * 10)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"firstfirst", b"firstFirst", 1))
    read = [data for _, data in reading.read(find(archive).entries, 100)]
    assert isinstance(read[0], images.Rejected)
    assert read[1] == b"second" * 10
    archive.write_bytes(content[:-30])
    assert list(find(archive).failed) == ["x.zip"]
