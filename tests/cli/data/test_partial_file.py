"""Checks what is left of a file that did not arrive whole; its downloads are in test_download."""

import os
from pathlib import Path

import pytest

from cli.data.errors import DownloadError
from cli.data.partial_file import PartialFile


def test_ctrl_c_between_writing_and_counting_keeps_what_was_written(tmp_path: Path) -> None:
    def interrupted(partial: PartialFile) -> None:
        with partial:
            partial.put(0, b"the beginning")
            partial.size = 0  # as if it had struck before the counting
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted(PartialFile(tmp_path / "photo.tar"))
    assert (tmp_path / "photo.tar.part").read_bytes() == b"the beginning"


def test_ctrl_c_before_anything_came_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), PartialFile(tmp_path / "photo.tar"):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_what_is_there_is_compared_and_only_the_rest_added(tmp_path: Path) -> None:
    (tmp_path / "photo.tar.part").write_bytes(b"0123")
    with PartialFile(tmp_path / "photo.tar") as partial:
        partial.put(0, b"01")
        partial.put(2, b"2345")
        partial.put(6, b"67")
        with pytest.raises(DownloadError, match="is not what"):
            partial.put(6, b"xx")
        assert partial.size == 8
    assert (tmp_path / "photo.tar.part").read_bytes() == b"01234567"
