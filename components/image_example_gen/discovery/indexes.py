"""What archives hold, kept: an archive's headers lie all over it, and are read once."""

import gzip
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

from tfx.dsl.io import fileio

from components.image_example_gen.discovery import archives, names
from components.image_example_gen.discovery.entries import (
    UNREADABLE,
    Failed,
    File,
    Ignored,
    Member,
)

Content = Member | Failed | Ignored
_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Failed, Ignored)}


class Indexes:
    """A folder with an index for each archive, found by the archive's name, size and time."""

    def __init__(self, folder: str, code: str):
        """Names the folder.

        Args:
            folder: A local path or URI that all workers see.
            code: A hash of the source, which decides on what is found.
        """
        self._folder = folder
        self._code = code
        self._used: set[str] = set()

    def missing(self, file: File) -> bool:
        """Whether an archive is still to be read."""
        return not fileio.exists(self._path(file))

    def make(self, file: File) -> None:
        """Reads an archive's headers and keeps what they say; nothing of one that broke off."""
        path = self._path(file)
        partial = f"{path}.{uuid.uuid4().hex}"
        fileio.makedirs(self._folder)
        whole = True
        with fileio.open(partial, "wb") as raw, gzip.open(raw, "wb", compresslevel=1) as lines:
            for content in archives.read(file.path):
                whole &= not (isinstance(content, Failed) and content.reason == UNREADABLE)
                lines.write(json.dumps([type(content).__name__, *content]).encode() + b"\n")
        if whole:
            fileio.rename(partial, path, overwrite=True)
        else:
            fileio.remove(partial)

    def read(self, file: File) -> Iterator[Content]:
        """Tells what an archive holds, by its index where there is one.

        Args:
            file: The archive.

        Yields:
            As `archives.read` does.
        """
        path = self._path(file)
        self._used.add(os.path.basename(path))
        if not fileio.exists(path):
            self.make(file)
        if not fileio.exists(path):  # an archive that cannot be read as a whole
            yield from archives.read(file.path)
            return
        with fileio.open(path, "rb") as raw, gzip.open(raw, "rt") as lines:
            for line in lines:
                kind, *values = json.loads(line)
                if kind in _KINDS:
                    yield _KINDS[kind](*values)
                else:
                    name, offset, size, pieces = values
                    yield Member(name, offset, size, tuple(map(tuple, pieces)))

    def tidy(self) -> None:
        """Removes all but what has been read."""
        if fileio.exists(self._folder):
            for name in fileio.listdir(self._folder):
                if name not in self._used:
                    fileio.remove(os.path.join(self._folder, name))

    def _path(self, file: File) -> str:
        suffixes = sorted(names.IMAGES)
        about = json.dumps([file.path, file.size, file.changed, file.rights, suffixes, self._code])
        key = hashlib.sha256(about.encode()).hexdigest()[:32]
        return os.path.join(self._folder, f"{key}.index.gz")
