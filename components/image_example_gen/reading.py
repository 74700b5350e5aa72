"""Reads the bytes of image files, loose or inside archives."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from tfx.dsl.io import fileio

from components.image_example_gen.sources import Entry


def read(entries: Sequence[Entry], max_bytes: int) -> Iterator[tuple[Entry, bytes | Exception]]:
    """Reads image files, keeping an archive open from one entry to the next.

    Args:
        entries: In the order in which they lie in their archives.
        max_bytes: Where to stop: a longer file is cut after one byte more.

    Yields:
        Each entry with its bytes, or with the error that kept them from being read.
    """
    for file, group in itertools.groupby(entries, key=lambda entry: entry.file):
        with contextlib.ExitStack() as stack:
            handle = None
            for entry in group:
                try:
                    if entry.error:
                        raise OSError(entry.error)
                    handle = handle or stack.enter_context(fileio.open(file, "rb"))
                    data = _read_one(handle, entry, max_bytes)
                except Exception as error:  # file systems raise errors of their own
                    yield entry, error
                else:
                    yield entry, data


def _read_one(handle: BinaryIO, entry: Entry, max_bytes: int) -> bytes:
    if entry.offset is None or entry.size is None:
        return handle.read(max_bytes + 1)
    handle.seek(entry.offset)
    return handle.read(min(entry.size, max_bytes + 1))
