"""Which pictures are read, and where each is written."""

import os
from pathlib import Path

import click
import pytest

from cli.image import batch
from cli.image.batch import Job


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures and other files, as the current folder."""
    for name in ("a.jpg", "b.PNG", "notes.txt", "trip/c.webp", "trip/c.txt", "trip/a.jpg"):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pairs(jobs: list[Job]) -> list[tuple[str, str]]:
    return [(str(job.source), str(job.target)) for job in jobs]


@pytest.mark.parametrize(
    ("inputs", "output", "expected"),
    [
        (["photos/a.jpg"], "x.png", [("photos/a.jpg", "x.png")]),
        (["photos/a.jpg"], "deep/x.jpeg", [("photos/a.jpg", "deep/x.jpeg")]),
        (["photos/a.jpg"], "out/", [("photos/a.jpg", "out/a.png")]),
        (["photos/a.jpg"], "photos", [("photos/a.jpg", "photos/a.png")]),
        (["missing.jpg"], "x.png", [("missing.jpg", "x.png")]),
        (["photos/a.jpg", "photos/b.PNG"], "out",
         [("photos/a.jpg", "out/a.png"), ("photos/b.PNG", "out/b.png")]),
        (["photos"], "out",
         [("photos/a.jpg", "out/a.png"), ("photos/b.PNG", "out/b.png"),
          ("photos/trip/a.jpg", "out/trip/a.png"), ("photos/trip/c.webp", "out/trip/c.png")]),
        (["photos/*.jpg"], "out", [("photos/a.jpg", "out/a.png")]),
        (["photos/a.jpg", "photos/a.jpg"], "out", [("photos/a.jpg", "out/a.png")]),
        (["photos"], "photos/trip", [("photos/a.jpg", "photos/trip/a.png"),
                                     ("photos/b.PNG", "photos/trip/b.png")]),
    ],
)  # fmt: skip
def test_inputs_and_outputs(
    photos: Path, inputs: list[str], output: str, expected: list[tuple[str, str]]
) -> None:
    assert pairs(batch.plan(inputs, output, None)) == expected


def test_format_goes_by_the_name_or_as_told(photos: Path) -> None:
    def formats(output: str, told: batch.Format | None) -> set[str]:
        return {job.file_format for job in batch.plan(["photos/a.jpg"], output, told)}

    assert formats("x.JPG", None) == formats("x", "JPEG") == formats("out/", "JPEG") == {"JPEG"}
    assert formats("x.png", "PNG") == formats("out/", None) == formats("-", None) == {"PNG"}
    (job,) = batch.plan(["photos/a.jpg"], "out/", "JPEG")
    assert job.target == Path("out/a.jpg")


def test_streams_are_jobs_without_a_path() -> None:
    assert batch.plan(["-"], "-", "JPEG") == [Job(None, None, "JPEG")]
    assert batch.plan(["-"], "x.png", None) == [Job(None, Path("x.png"), "PNG")]


@pytest.mark.parametrize(
    ("inputs", "output", "told", "said"),
    [
        (["-", "photos/a.jpg"], "out", None, "name no other beside it"),
        (["photos"], "-", None, "standard output takes one picture"),
        (["photos/*.jpg"], "-", None, "standard output takes one picture"),
        (["-"], "photos", None, "photos is a folder"),
        (["photos"], "photos/a.jpg", None, "several pictures need a folder"),
        (["photos/*.gif"], "out", None, r"no pictures in photos/\*.gif"),
        (["photos/a.jpg"], "x", None, "name it .png, .jpg or .webp"),
        (["photos/a.jpg"], "x.gif", None, "name it .png, .jpg or .webp"),
        (["photos/a.jpg", "photos/b.PNG"], "x.png", None, "x.png is the name of one picture"),
        (["photos"], "x.webp", None, "write x.webp/"),
        (["photos/**/a.jpg"], "out", None, r"2 pictures would go to one place.*photos/trip/a.jpg"),
        (["photos/a.jpg"], "x.png", "JPEG", "x.png is no name for a JPEG"),
    ],
)
def test_wrong_use_is_told(
    photos: Path, inputs: list[str], output: str, told: batch.Format | None, said: str
) -> None:
    with pytest.raises(click.UsageError, match=said):
        batch.plan(inputs, output, told)


def test_twins_keep_their_suffix(photos: Path) -> None:
    for name in ("photos/a.png", "photos/trip/a.webp"):
        Path(name).touch()
    assert pairs(batch.plan(["photos"], "out", None)) == [
        ("photos/a.jpg", "out/a.jpg.png"),
        ("photos/a.png", "out/a.png.png"),
        ("photos/b.PNG", "out/b.png"),
        ("photos/trip/a.jpg", "out/trip/a.jpg.png"),
        ("photos/trip/a.webp", "out/trip/a.webp.png"),
        ("photos/trip/c.webp", "out/trip/c.png"),
    ]


def test_what_is_hidden_is_no_picture(photos: Path) -> None:
    for name in ("photos/._a.jpg", "photos/.thumbnails/x.jpg"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    assert not any("/." in source for source, _ in pairs(batch.plan(["photos"], "out", None)))
    assert pairs(batch.plan(["photos/._a.jpg"], "x.png", None)) == [("photos/._a.jpg", "x.png")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sea [blue] 1.jpg", "sea [blue] 1.jpg"),
        (b"caf\xe9.jpg", "caf\\xe9.jpg"),
        (
            "caf\N{LATIN SMALL LETTER E WITH ACUTE}.jpg",
            "caf\N{LATIN SMALL LETTER E WITH ACUTE}.jpg",
        ),
        ("two\nlines\x1b[31m.jpg", "two\\nlines\\x1b[31m.jpg"),
    ],
)
def test_any_name_can_be_shown(name: str | bytes, said: str) -> None:
    shown = batch.shown(os.fsdecode(name))
    assert shown == said
    shown.encode()


def test_nothing_is_lost_by_writing(tmp_path: Path) -> None:
    source, other, link = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "link.png"
    source.touch()
    link.symlink_to(source)
    job = Job(source, other, "PNG")
    batch.check(job, {source}, set(), overwrite=False)
    with pytest.raises(ValueError, match="was written just now"):
        batch.check(job, {source}, {other}, overwrite=True)
    other.touch()
    with pytest.raises(ValueError, match="give --overwrite"):
        batch.check(job, {source}, set(), overwrite=False)
    batch.check(job, {source}, set(), overwrite=True)
    for target in (source, link):
        with pytest.raises(ValueError, match="an input, which is never overwritten"):
            batch.check(Job(other, target, "PNG"), {source, other}, set(), overwrite=True)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    batch.write(tmp_path / "a" / "b.png", b"one")
    batch.write(tmp_path / "a" / "b.png", b"two")
    assert (tmp_path / "a" / "b.png").read_bytes() == b"two"
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OSError, match="directory"):
        batch.write(tmp_path / "folder.png", b"three")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b.png", "folder.png"]
