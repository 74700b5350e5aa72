"""Folders of files, and what `sources` finds in them."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from components.image_example_gen import sources

WriteFiles = Callable[[Path, Iterable[str]], Path]
Find = Callable[..., list[sources.Entry]]


@pytest.fixture(scope="session")
def write_files() -> WriteFiles:
    """Fills a folder with files of the given names, each of its own content."""

    def write(folder: Path, names: Iterable[str]) -> Path:
        for name in names:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(f"bytes of {name}".encode())
        return folder

    return write


@pytest.fixture(scope="session")
def find() -> Find:
    """Finds the images of any number of sources."""

    def run(*data: Path) -> list[sources.Entry]:
        base, patterns = sources.input_patterns([str(source) for source in data])
        return sources.find([os.path.join(base, pattern) for pattern in patterns])

    return run
