"""Finished shards, kept by what they were made of, so that none is made twice.

A shard is written under a name that no other attempt has, and renamed when it is whole; its report
follows, and says that it is there.
"""

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from tfx.dsl.io import fileio

from components.image_example_gen.dealing.shards import Shard
from components.image_example_gen.discovery.entries import UNREADABLE
from components.image_example_gen.discovery.remote import is_remote
from components.image_example_gen.duplicates import SIGNATURE
from components.image_example_gen.images import Limits

_REPORT = ".json"
_SIGNATURES = ".signatures"
_PARTIAL = ".partial"


class Report(NamedTuple):
    """What became of the entries of a shard."""

    split: str
    number: int
    images: int
    rejects: list[tuple[str, str, str]]  # path, reason, detail
    key: str  # that it is kept under
    digest: str  # of its records

    @property
    def lasts(self) -> bool:
        """Whether it may be taken again: what could not be read now may be, later."""
        return all(reason != UNREADABLE for _, reason, _ in self.rejects)


class Finished:
    """A folder of finished shards."""

    def __init__(self, folder: str):
        """Names the folder.

        Args:
            folder: A local path or URI that all workers see.
        """
        self._folder = folder

    def find(self, key: str, shard: Shard) -> Report | None:
        """Looks for a shard.

        Args:
            key: What it was made of.
            shard: Its place in this run.

        Returns:
            Its report, if it is there and whole.
        """
        path = self.path(key)
        if not fileio.exists(path + _REPORT):
            return None
        with fileio.open(path + _REPORT, "r") as file:
            size, images, rejects, digest = json.loads(file.read())
        if not fileio.exists(path) or _size(path) != size:
            return None
        rejected = [tuple(reject) for reject in rejects]
        return Report(shard.split, shard.number, images, rejected, key, digest)

    def write(self, report: Callable[[str], tuple[Report, np.ndarray]]) -> Report:
        """Has a shard written and keeps it.

        Args:
            report: Writes the shard to the file that it is given, reports on it and gives the
                signatures of its images.

        Returns:
            The report.
        """
        fileio.makedirs(self._folder)
        aside = self.path(f"{uuid.uuid4().hex}{_PARTIAL}")
        written, signatures = report(aside)
        size, path = _size(aside), self.path(written.key)
        fileio.rename(aside, path, overwrite=True)
        self._put(aside, path + _SIGNATURES, signatures.tobytes())
        if written.lasts:
            told = json.dumps([size, written.images, written.rejects, written.digest])
            self._put(aside, path + _REPORT, told.encode())
        return written

    def signatures(self, key: str) -> np.ndarray:
        """Reads what the images of a shard look like.

        Args:
            key: What it was made of.

        Returns:
            duplicates.SIGNATURE [n].
        """
        with fileio.open(self.path(key) + _SIGNATURES, "rb") as file:
            return np.frombuffer(file.read(), SIGNATURE)

    def give(self, key: str, path: str) -> None:
        """Puts a shard elsewhere, as a hard link where that can be.

        Args:
            key: What it was made of.
            path: Where to.
        """
        if not is_remote(path):
            with contextlib.suppress(OSError):  # another disk, or a file system without links
                os.link(self.path(key), path)
                return
        fileio.copy(self.path(key), path, overwrite=True)

    def keep_only(self, keys: Iterable[str]) -> None:
        """Removes all shards but some, and what attempts that were cut off have left."""
        kept = {key + suffix for key in keys for suffix in ("", _REPORT, _SIGNATURES)}
        for name in fileio.listdir(self._folder) if fileio.exists(self._folder) else ():
            if name not in kept:
                fileio.remove(self.path(name))

    def path(self, name: str) -> str:
        """Where a shard lies."""
        return os.path.join(self._folder, name)

    def _put(self, aside: str, path: str, content: bytes) -> None:
        with fileio.open(aside, "wb") as file:
            file.write(content)
        fileio.rename(aside, path, overwrite=True)


def key_of(shard: Shard, limits: Limits, code: str) -> str:
    """Names a shard by all that decides on its content.

    Args:
        shard: Its images, with the size and time of their files.
        limits: What images may be.
        code: A hash of the source.

    Returns:
        Hexadecimal digits.
    """
    made_of = json.dumps([shard.split, shard.entries, limits, code])
    return hashlib.sha256(made_of.encode()).hexdigest()[:32]


def _size(path: str) -> int:
    found = fileio.stat(path)
    return int(found.length if hasattr(found, "length") else found.st_size)
