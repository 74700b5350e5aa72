"""Checks the `outpaint data` commands and the unpacking of the lists."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli.data import command as data
from cli.main import main
from tests.cli.server import Site


def _tar(members: dict[str, bytes], link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member)
    return buffer.getvalue()


def test_lists_are_unpacked_without_folders_links_and_other_files(tmp_path: Path) -> None:
    archive = tmp_path / "lists.tar"
    archive.write_bytes(_tar({"a.txt": b"a", "in/b.txt": b"b", "c.py": b""}, link="d.txt"))
    assert data.extract_lists(archive) == [tmp_path / "a.txt", tmp_path / "b.txt"]
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt", "lists.tar"]
    assert (tmp_path / "b.txt").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["../evil.txt", "in/../../evil.txt", "/evil.txt"])
def test_lists_with_a_traversing_member_are_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "lists" / "lists.tar"
    archive.parent.mkdir()
    archive.write_bytes(_tar({"a.txt": b"a", name: b"evil"}))
    with pytest.raises(click.ClickException, match=r"is refused.*evil.txt"):
        data.extract_lists(archive)
    assert os.listdir(archive.parent) == ["lists.tar"]
    assert os.listdir(tmp_path) == ["lists"]


def test_unreadable_lists_are_a_clear_error(tmp_path: Path) -> None:
    archive = tmp_path / "lists.tar"
    archive.write_bytes(b"not a tar archive")
    with pytest.raises(click.ClickException, match="cannot unpack"):
        data.extract_lists(archive)


@pytest.fixture
def places(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Puts small files with their own sums in the place of the official ones."""
    site.bodies = {
        name: _tar({f"places365_{part}.txt": f"{size} {part}".encode()})
        for (_, size, part), (name, _) in data.PLACES365.items()
    }
    small = {
        key: (name, hashlib.md5(site.bodies[name]).hexdigest())
        for key, (name, _) in data.PLACES365.items()
    }
    monkeypatch.setattr(data, "PLACES365", small)
    return site


def _run(places: Site, output: Path, *args: str) -> Result:
    command = ["data", "fetch", "--output", str(output), "--base-url", places.url, *args]
    return CliRunner().invoke(main, command)


def test_command_gets_all_parts_at_256_by_default(places: Site, tmp_path: Path) -> None:
    result = _run(places, tmp_path)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{data.TERMS}\n")
    assert result.output.endswith(f"lists: 1 .txt files unpacked in {tmp_path}\n")
    lists = "filelist_places365-standard.tar"
    train = "train_256_places365standard.tar"
    assert sorted(os.listdir(tmp_path)) == [lists, "places365_lists.txt", train, "val_256.tar"]


def test_command_gets_the_parts_and_size_asked_for(places: Site, tmp_path: Path) -> None:
    args = ["--size", "large", "--part", "val", "--part", "train", "--part", "val"]
    result = _run(places, tmp_path, *args)
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir(tmp_path)) == ["train_large_places365standard.tar", "val_large.tar"]
    assert len(places.asked) == 2


def test_command_reports_a_missing_file_in_one_line(places: Site, tmp_path: Path) -> None:
    del places.bodies["val_256.tar"]
    result = _run(places, tmp_path, "--part", "val")
    assert result.exit_code == 1
    url = f"{places.url}/val_256.tar"
    error = f"Error: cannot download {url}: the server answered 404 Not Found"
    assert result.output.splitlines() == [data.TERMS, error]
    assert os.listdir(tmp_path) == []


def test_command_refuses_a_wrong_sum(places: Site, tmp_path: Path) -> None:
    places.bodies["val_256.tar"] = b"other bytes"
    result = _run(places, tmp_path, "--part", "val")
    assert result.exit_code == 1
    assert "Error: val_256.tar is refused: its MD5 is" in result.output
    assert os.listdir(tmp_path) == ["val_256.tar.wrong"]


def test_command_gets_the_challenge_edition(places: Site, tmp_path: Path) -> None:
    result = _run(places, tmp_path, "--edition", "challenge")
    assert result.exit_code == 0, result.output
    lists = "filelist_places365-challenge.tar"
    train = "train_256_places365challenge.tar"
    assert sorted(os.listdir(tmp_path)) == [lists, "places365_lists.txt", train, "val_256.tar"]


def test_command_gets_a_small_set_without_the_rest_of_the_archive(
    places: Site, tmp_path: Path
) -> None:
    images = {f"val_256/{n:08d}.jpg": b"%d" % n * 1000 for n in range(2000)}
    places.bodies["val_256.tar"] = _tar({"val_256/read.me": b"", **images})
    result = _run(places, tmp_path, "--images", "30")
    assert result.exit_code == 0, result.output
    lists = ["filelist_places365-standard.tar", "places365_lists.txt"]
    assert sorted(os.listdir(tmp_path)) == [*lists, "val_256-first-30.tar"]
    with tarfile.open(tmp_path / "val_256-first-30.tar") as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}
    assert found == dict(list(images.items())[:30])
    asked = len(places.asked)
    assert "already there" in _run(places, tmp_path, "--images", "30", "--part", "val").output
    assert len(places.asked) == asked


def test_a_small_set_of_what_is_no_archive_is_one_line(places: Site, tmp_path: Path) -> None:
    places.bodies["val_256.tar"] = b"<html>Please log in</html>" * 99
    result = _run(places, tmp_path, "--images", "30", "--part", "val")
    assert result.exit_code == 1
    assert result.output.splitlines()[1].startswith(f"Error: {places.url}/val_256.tar: ")
    assert os.listdir(tmp_path) == []


def test_a_small_set_of_the_training_images_is_refused(places: Site, tmp_path: Path) -> None:
    result = _run(places, tmp_path, "--images", "30", "--part", "train")
    assert result.exit_code == 2
    assert "ordered by category" in " ".join(result.output.split())
