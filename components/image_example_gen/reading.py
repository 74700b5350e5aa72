"""Reads the bytes of image files, loose or inside archives."""

import contextlib
import itertools
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import UNREADABLE, Entry, Member
from components.image_example_gen.discovery.remote import open_file
from components.image_example_gen.images import Rejected

_Read = Callable[[Entry], bytes]


def read(entries: Sequence[Entry], max_bytes: int) -> Iterator[tuple[Entry, bytes | Rejected]]:
    """Reads image files, keeping an archive open from one entry to the next.

    Args:
        entries: In the order in which they lie in their archives.
        max_bytes: Where to stop: a longer file is cut after one byte more.

    Yields:
        Each entry with its bytes, or with the reason why they cannot be read.
    """
    for file, group in itertools.groupby(entries, key=lambda entry: entry.file):
        with contextlib.ExitStack() as stack:
            reader: _Read | None = None
            for entry in group:
                try:
                    reader = reader or _opened(file, entry, max_bytes, stack)
                    data = reader(entry)
                except Exception as error:  # file systems raise errors of their own
                    yield entry, Rejected(UNREADABLE, str(error))
                else:
                    yield entry, data


def _opened(file: str, entry: Entry, max_bytes: int, stack: contextlib.ExitStack) -> _Read:
    handle = stack.enter_context(open_file(file))
    if entry.member is None:
        return lambda entry: handle.read(max_bytes + 1)
    if names.suffix(file) != names.ZIP:
        return lambda entry: _in_tar(handle, _member(entry), max_bytes)
    archive = stack.enter_context(zipfile.ZipFile(handle))
    by_offset = {info.header_offset: info for info in archive.infolist()}

    def in_zip(entry: Entry) -> bytes:
        with archive.open(by_offset[_member(entry).offset]) as content:
            return content.read(max_bytes + 1)

    return in_zip


def _member(entry: Entry) -> Member:
    assert entry.member is not None
    return entry.member


def _in_tar(handle: BinaryIO, member: Member, max_bytes: int) -> bytes:
    wanted = min(member.size, max_bytes + 1)
    handle.seek(member.offset)
    if not member.pieces:
        return _whole(handle, wanted)
    content = bytearray(wanted)  # what is not stored is zeros
    for offset, size in member.pieces:
        piece = _whole(handle, size)
        content[offset : offset + size] = piece[: max(0, wanted - offset)]
    return bytes(content)


def _whole(handle: BinaryIO, size: int) -> bytes:
    data = handle.read(size)
    if len(data) < size:
        raise EOFError("the archive ends within the file")
    return data
