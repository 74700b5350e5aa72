"""Holds the output folder to places that cannot be written to, and to names that cannot be used."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.local import output_folder
from pipeline.local.output_folder import OutputError


def _hold(output: Path, *data: Path) -> None:
    with output_folder.held(output, [str(path) for path in data]):
        assert output.is_dir()


def test_a_folder_is_made_and_held_by_one_alone(tmp_path: Path) -> None:
    output = tmp_path / "not" / "there yet {YYYY} é"
    with output_folder.held(output, []), pytest.raises(OutputError, match="another run is using"):
        _hold(output)
    _hold(output)


@pytest.mark.parametrize("place", ["/proc/outpainting", "/proc/self/outpainting", "/dev/null/x"])
def test_places_that_take_no_folder_are_named(place: str) -> None:
    with pytest.raises(OutputError, match=f"cannot write to {place}: "):
        _hold(Path(place))


@pytest.mark.parametrize("name", ["a[1]", "what?", "*", "a\\b"])
def test_a_name_that_is_a_pattern_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="for a pattern; name another folder"):
        _hold(tmp_path / name / "output")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"caf\\xe9: the metadata store takes no name"):
        _hold(tmp_path / os.fsdecode(b"caf\xe9"))


def test_the_folder_of_the_photographs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for data in (tmp_path, tmp_path / "link"):
        with pytest.raises(OutputError, match="is the folder of the photographs itself"):
            _hold(tmp_path, data)
    _hold(tmp_path / "output", tmp_path)
    _hold(tmp_path, tmp_path / "output")


def test_a_full_disk_is_known_however_it_is_told() -> None:
    assert output_folder.is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert output_folder.is_full(RuntimeError("x; No space left on device [while running 'W']"))
    assert output_folder.is_full(
        RuntimeError("Error when executing query: database or disk is full")
    )
    outer = ValueError("outer")
    outer.__cause__ = OSError(errno.EDQUOT, "quota")
    assert output_folder.is_full(outer)
    assert not output_folder.is_full(OSError(errno.EACCES, "Permission denied"))
