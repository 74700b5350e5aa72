"""What is passed on: files as they were listed, images that they hold, and what is left out."""

import os
from typing import NamedTuple

PACKED = "packed"  # a reason to reject: compressed as a whole, and not to be read in place
UNREADABLE = "unreadable"  # another


class File(NamedTuple):
    """A file below a source, or a folder that is left out or cannot be read."""

    source: str  # as it was given; shared by all below it
    name: str  # below the source; empty where the source is the file itself
    size: int = 0  # bytes
    changed: int = 0  # nanoseconds since 1970
    rights: str = ""  # permission bits and owner
    problem: str = ""  # why it cannot be read, where that is known already
    ignored: str = ""  # why it is left out, where its place says so

    @property
    def path(self) -> str:
        """Where it is."""
        return os.path.join(self.source, self.name) if self.name else self.source

    @property
    def label(self) -> str:
        """What it is called, wherever the source lies."""
        return os.path.join(os.path.basename(self.source), self.name).rstrip("/")


class Member(NamedTuple):
    """A file inside an archive."""

    name: str
    offset: int  # bytes: of its content; in a zip, of its header
    size: int  # bytes
    pieces: tuple[tuple[int, int], ...] = ()  # of a sparse file: offset and size of what is stored


class Entry(NamedTuple):
    """An image file, loose or inside an archive."""

    source: str  # as it was given
    name: str  # of the file below it; empty where the source is the file itself
    member: Member | None = None  # None for a loose file
    split: str = ""  # empty when the data does not say
    category: str = ""  # empty when the data does not say
    size: int = 0  # of the file, bytes
    changed: int = 0  # the file, nanoseconds since 1970

    @property
    def file(self) -> str:
        """The image, or the archive that holds it."""
        return os.path.join(self.source, self.name) if self.name else self.source

    @property
    def key(self) -> str:
        """What the image is called below its source: stable when that is moved or renamed."""
        inside = self.member.name if self.member else ""
        return os.path.join(self.name, inside).rstrip("/") or os.path.basename(self.source)

    @property
    def label(self) -> str:
        """What the file is called, wherever the source lies."""
        return os.path.join(os.path.basename(self.source), self.name).rstrip("/")

    @property
    def path(self) -> str:
        """What the image is called, wherever the source lies."""
        return os.path.join(self.label, self.member.name) if self.member else self.label


class Failed(NamedTuple):
    """What may hold images and cannot be read."""

    path: str
    reason: str
    detail: str


class Ignored(NamedTuple):
    """What is no photograph of this set, and why."""

    path: str
    reason: str  # a suffix such as `.txt`, or a word


def printable(path: str) -> str:
    r"""Makes a name UTF-8: bytes of another encoding are written as \xNN."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")
