"""What tar archives hold: whole or appended to, one after another in a file, or one in another.

Offsets are bytes into the file, so that images are read in place.
"""

import os
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import Member

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
_BLANK = 1 << 20  # bytes of zeros looked at in one go


class Link(NamedTuple):
    """A member that is another name of a member."""

    name: str
    target: str


class Odd(NamedTuple):
    """A member with a suffix of images that is no file."""

    name: str


class Broken(NamedTuple):
    """An archive, or one in it, that cannot be read any further."""

    name: str  # of the archive inside; empty for the outermost
    why: str


class Packed(Exception):
    """An archive that is compressed as a whole."""


Content = Member | Link | Odd | Broken


def read(handle: BinaryIO) -> Iterator[Content]:
    """Reads the headers of a tar file.

    Args:
        handle: The file, at its beginning.

    Yields:
        Its members in order, those of archives in it under the archive's name.

    Raises:
        Packed: If the file is compressed.
    """
    start = handle.read(8)
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            raise Packed(f"compressed by {kind}; unpack it first")
    yield from _archives(handle, "")


def _archives(handle: BinaryIO, inside: str) -> Iterator[Content]:
    """The archives that follow one another in a file."""
    start = 0
    try:
        while True:
            handle.seek(start)
            with tarfile.open(fileobj=handle, mode="r:") as tar:
                yield from _members(tar, inside)
                end = tar.offset
            following = _after_blanks(handle, end)
            if following is None:
                return
            if following == end:  # for tarfile, a spoilt header is an end like any other
                raise tarfile.ReadError(f"bad header at byte {end}")
            start = following
    except Exception as error:  # file systems raise errors of their own, such as at a cut
        yield Broken(inside, f"not a whole tar archive: {error}")


def _after_blanks(handle: BinaryIO, end: int) -> int | None:
    """Where something lies behind the zeros that end an archive."""
    handle.seek(end)
    while block := handle.read(_BLANK):
        if block.count(0) < len(block):
            at = len(block) - len(block.lstrip(b"\0"))
            return end + at - at % tarfile.BLOCKSIZE
        end += len(block)
    return None


def _members(tar: tarfile.TarFile, inside: str) -> Iterator[Content]:
    for member in tar:
        tar.members = []  # type: ignore[attr-defined] # or tarfile keeps every header it has read
        own = os.path.normpath(member.name).lstrip("/")
        name = os.path.join(inside, own)
        if member.isdir():
            continue
        if member.islnk() or member.issym():
            beside = os.path.dirname(own) if member.issym() else ""
            target = os.path.normpath(os.path.join(beside, member.linkname)).lstrip("/")
            yield Link(name, os.path.join(inside, target))
        elif not member.isreg():
            yield Odd(name)
        elif names.suffix(own) == names.TAR and not names.lies_hidden(own):
            yield from _nested(tar, member, name)
        else:
            pieces = tuple((place, size) for place, size in _pieces(member) if size)
            yield Member(name, member.offset_data, member.size, pieces)


def _pieces(member: tarfile.TarInfo) -> list[tuple[int, int]]:
    return member.sparse or []  # type: ignore[return-value] # typeshed knows no such


def _nested(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Iterator[Content]:
    inner = tar.extractfile(member)  # knows where the member ends
    if inner is None or member.sparse:
        yield Broken(name, "a sparse archive within another; unpack it first")
        return
    with inner:
        for content in _archives(inner, name):  # type: ignore[arg-type]
            if isinstance(content, Member):
                content = content._replace(offset=content.offset + member.offset_data)
            yield content
