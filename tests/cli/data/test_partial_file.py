"""Checks what is left of a file that did not arrive whole; its downloads are in test_download."""

import os
from pathlib import Path

import pytest

from cli.data.partial_file import PartialFile
from cli.progress_bar import make_progress


class _InterruptedSum:
    def update(self, chunk: bytes) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_between_writing_and_counting_keeps_what_was_written(tmp_path: Path) -> None:
    partial = PartialFile(tmp_path / "photo.tar", make_progress())
    partial._digest = _InterruptedSum()
    with pytest.raises(KeyboardInterrupt), partial:
        partial.append(b"the beginning")
    assert (tmp_path / "photo.tar.part").read_bytes() == b"the beginning"


def test_ctrl_c_before_anything_came_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), PartialFile(tmp_path / "photo.tar", make_progress()):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []
