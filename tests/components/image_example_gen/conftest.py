"""Folders of files, and what is found in them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from components.image_example_gen.discovery import find as finding
from components.image_example_gen.discovery import listing
from components.image_example_gen.discovery.entries import Entry, Failed, Ignored

WriteFiles = Callable[[Path, Iterable[str]], Path]


class Found(NamedTuple):
    """What is in a few sources."""

    entries: list[Entry]
    failed: dict[str, str]  # path -> detail
    ignored: dict[str, str]  # path -> reason

    @property
    def paths(self) -> list[str]:
        return [entry.path for entry in self.entries]


Find = Callable[..., Found]


@pytest.fixture(scope="session")
def write_files() -> WriteFiles:
    """Fills a folder with files of the given names, each of its own content."""

    def write(folder: Path, names: Iterable[str]) -> Path:
        for name in names:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(f"bytes of {name}".encode(errors="surrogateescape"))
        return folder

    return write


@pytest.fixture(scope="session")
def find() -> Find:
    """Finds what is in any number of sources; nothing is told twice."""

    def run(*data: Path | str) -> Found:
        found = list(finding.find(list(listing.list_files([str(source) for source in data]))))
        failed = [one for one in found if isinstance(one, Failed)]
        ignored = [one for one in found if isinstance(one, Ignored)]
        result = Found(
            [one for one in found if isinstance(one, Entry)],
            {one.path: one.detail for one in failed},
            {one.path: one.reason for one in ignored},
        )
        places = {(entry.file, entry.member) for entry in result.entries}
        assert len(places) == len(result.entries)
        assert (len(result.failed), len(result.ignored)) == (len(failed), len(ignored))
        return result

    return run
