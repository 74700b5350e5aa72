"""Holds the walk to folders that people have: with links, pipes, bins, odd names and no rights."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.image_example_gen.discovery import listing, walk
from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles

# Links.


def test_a_dangling_link_is_told_with_its_target(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["a.jpg"])
    (root / "annexed.jpg").symlink_to(".git/annex/objects/gone.jpg")
    (root / "self.jpg").symlink_to("self.jpg")
    (root / "note.txt").symlink_to("gone.txt")
    found = find(root)
    assert found.paths == ["photos/a.jpg"]
    assert found.failed == {
        "photos/annexed.jpg": "a link to .git/annex/objects/gone.jpg: No such file or directory",
        "photos/self.jpg": "a link to self.jpg: Too many levels of symbolic links",
    }
    assert found.ignored == {"photos/note.txt": ".txt"}


@pytest.mark.parametrize("target", ["..", "../..", ".", "../../.."])
def test_a_link_that_leads_back_gives_no_photograph_twice(
    target: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    write_files(tmp_path, ["photos/a/1.jpg", "photos/b/2.jpg", "elsewhere/3.jpg"])
    (tmp_path / "photos" / "a" / "back").symlink_to(target)
    found = find(tmp_path / "photos")
    assert found.paths == ["photos/a/1.jpg", "photos/b/2.jpg"]
    assert found.ignored == {"photos/a/back": walk.LINK}


def test_what_lies_elsewhere_is_taken_by_its_link_and_once(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["train/1.jpg"])
    write_files(tmp_path, ["store/2.jpg", "disk/3.jpg", ".git/annex/4.jpg"])
    (root / "val").symlink_to(tmp_path / "disk")
    (root / "again").symlink_to(tmp_path / "disk")
    (root / "one.jpg").symlink_to(tmp_path / "store" / "2.jpg")
    (root / "two.jpg").symlink_to(tmp_path / "store" / "2.jpg")
    (root / "annexed.jpg").symlink_to(tmp_path / ".git" / "annex" / "4.jpg")
    found = find(root)
    wanted = ["annexed.jpg", "one.jpg", "train/1.jpg"]
    assert sorted(found.paths) == [*(f"photos/{name}" for name in ["again/3.jpg", *wanted])]
    assert found.ignored == {"photos/two.jpg": walk.LINK, "photos/val": walk.LINK}


def test_a_file_is_listed_where_it_lies_and_not_where_a_link_to_it_is(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["z/1.jpg"])
    (root / "a").symlink_to("z")
    (root / "b.jpg").symlink_to("z/1.jpg")
    found = find(root)
    assert found.paths == ["photos/z/1.jpg"]
    assert found.ignored == {"photos/a": walk.LINK, "photos/b.jpg": walk.LINK}


def test_hard_links_are_one_photograph(tmp_path: Path, write_files: WriteFiles, find: Find) -> None:
    root = write_files(tmp_path / "photos", ["a/1.jpg"])
    os.link(root / "a" / "1.jpg", root / "a" / "2.jpg")
    found = find(root)
    assert found.paths == ["photos/a/1.jpg"]
    assert found.ignored == {"photos/a/2.jpg": walk.LINK}


def test_sources_that_lie_one_in_another_give_each_image_once(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["a/1.jpg", "a/2.jpg", "b/3.jpg"])
    make_tar(root / "more.tar", {"z/4.jpg": b"", "z/5.jpg": b""})
    sources = [root, root / "a", root / "more.tar", root / "b" / "3.jpg", root]
    for given_in_order in (sources, sources[::-1]):
        found = find(*given_in_order)
        assert len(found.entries) == 5
        assert found.ignored == {}


# What is not entered.


def test_hidden_folders_and_files_are_not_taken(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    hidden = [
        ".Trash-1000/files/x.jpg",
        ".thumbnails/normal/x.png",
        "album/.ipynb_checkpoints/1-checkpoint.jpg",
        "__MACOSX/._1.jpg",
        "album/@eaDir/1.jpg",
        "$RECYCLE.BIN/x.jpg",
        "album/._1.jpg",
    ]
    root = write_files(tmp_path / ".mine" / "photos", ["album/1.jpg", *hidden])
    found = find(root)
    assert found.paths == ["photos/album/1.jpg"]
    assert set(found.ignored.values()) == {walk.HIDDEN}
    assert "photos/album/.ipynb_checkpoints" in found.ignored
    assert len(found.ignored) == len(hidden)


@pytest.mark.parametrize("where", ["output", "deep/er/output"])
def test_the_output_of_a_run_within_the_data_is_no_data(
    where: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    made = ["metadata/metadata.db", "report/outpainted.png", "pipeline/x/1.jpg"]
    root = write_files(tmp_path / "photos", ["a.jpg", "metadata/b.jpg"])
    write_files(root / where, made)
    found = find(root)
    assert found.paths == ["photos/a.jpg", "photos/metadata/b.jpg"]
    assert found.ignored == {f"photos/{where}": walk.OUTPUT}


# What is no file.


def test_pipes_and_sockets_are_told_and_nobody_waits_for_them(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["a.jpg"])
    os.mkfifo(root / "live.jpg")
    os.mkfifo(root / "control")
    os.mkfifo(root / "all.tar")
    (root / "null.png").symlink_to("/dev/null")
    found = find(root)
    assert found.paths == ["photos/a.jpg"]
    assert found.failed == {
        "photos/all.tar": "not a file but a pipe",
        "photos/live.jpg": "not a file but a pipe",
        "photos/null.png": "not a file but a device",
    }
    assert found.ignored == {"photos/control": "no suffix"}


def test_a_folder_called_like_an_archive_or_image_is_a_folder(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["val_256.tar/1.jpg", "b.jpg/2.jpg", "c.zip/3.jpg"])
    assert find(root).paths == [
        "photos/b.jpg/2.jpg",
        "photos/c.zip/3.jpg",
        "photos/val_256.tar/1.jpg",
    ]
    assert find(root / "val_256.tar").paths == ["val_256.tar/1.jpg"]


UNPRIVILEGED = """
import os, sys
sys.path.insert(0, {root!r})
from components.image_example_gen.discovery import listing
os.setgid(65534); os.setuid(65534)
for file in listing.list_files([{data!r}]):
    print(file.label, file.problem, sep="|")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become somebody without rights")
def test_a_folder_that_may_not_be_read_is_told(write_files: WriteFiles) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        os.chmod(folder, 0o755)
        root = write_files(Path(folder) / "photos", ["a/1.jpg", "b/2.jpg"])
        (root / "b").chmod(0o700)
        code = UNPRIVILEGED.format(root=str(Path(walk.__file__).parents[3]), data=str(root))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    why = "the folder cannot be read: Permission denied"
    assert done.stdout.splitlines() == ["photos/a/1.jpg|", f"photos/b|{why}"], done.stderr


# Names.

ODD = ["[a]*", "a?b", "a[", "]a", "**", "a b", "{YYYY}", "{SPAN}", "a\\b", "-x", "a\nb", "写真"]


@pytest.mark.parametrize("name", [*ODD, os.fsdecode(b"caf\xe9")])
def test_names_are_taken_literally(
    name: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    wanted = [f"{name}/deeper/y.jpg", f"{name}/x.jpg", f"{name}/{name}.jpg"]
    write_files(tmp_path, [*wanted, "a/x.jpg", "ab/x.jpg", "a-b/x.jpg", "2024/x.jpg"])
    found = find(tmp_path / name)
    assert sorted(found.paths) == sorted(wanted)
    assert find(tmp_path / name / "deeper").paths == ["deeper/y.jpg"]
    (given,) = find(tmp_path / name / f"{name}.jpg").entries
    assert (given.path, given.key) == (f"{name}.jpg", f"{name}.jpg")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=9)))
def test_any_name_is_listed_once(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("any")
    written = set()
    for name in names:
        try:
            (root / f"x{name}.jpg").write_bytes(b"")
        except (OSError, UnicodeEncodeError):  # too long, or not to be encoded
            continue
        written.add(f"x{name}.jpg")
    assert {file.name for file in listing.list_files([str(root)])} == written


def test_there_is_no_limit_to_the_depth(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    deep = "/".join("abcdefghijklmnopqrstuvwxyz")
    assert find(write_files(tmp_path / "p", [f"{deep}/1.jpg"])).paths == [f"p/{deep}/1.jpg"]


# Sources.


def test_a_relative_source_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_files: WriteFiles, find: Find
) -> None:
    monkeypatch.chdir(write_files(tmp_path, ["photos/a.jpg"]))
    assert find("photos").paths == find("./photos/").paths == ["photos/a.jpg"]


def test_a_source_that_is_not_there_is_refused_by_name(tmp_path: Path, find: Find) -> None:
    with pytest.raises(ValueError, match=f"{tmp_path}/gone: No such file or directory"):
        find(tmp_path / "gone")


def test_no_source_is_refused(find: Find) -> None:
    with pytest.raises(ValueError, match="no data"):
        find()


def test_where_there_is_no_image_every_file_is_told(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    found = find(write_files(tmp_path / "photos", ["notes.txt", "README", "a.MOV"]))
    assert found.ignored == {
        "photos/README": "no suffix",
        "photos/a.MOV": ".mov",
        "photos/notes.txt": ".txt",
    }
    assert find(make_tar(tmp_path / "x.tar", {"notes.txt": b""})).ignored == {
        "x.tar/notes.txt": ".txt"
    }
    assert find(tmp_path / "photos" / "notes.txt").ignored == {"notes.txt": ".txt"}
