"""The images of an archive, and what becomes of everything else in it."""

import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from components.image_example_gen.discovery import names, tars
from components.image_example_gen.discovery.entries import (
    PACKED,
    UNREADABLE,
    Failed,
    Ignored,
    Member,
)
from components.image_example_gen.discovery.remote import open_file
from components.image_example_gen.discovery.walk import HIDDEN, LINK

REPLACED = "replaced"  # a reason to ignore: a later member has the same name
NO_FILE = "not a file"


def read(path: str) -> Iterator[Member | Failed | Ignored]:
    """Reads what an archive holds.

    Args:
        path: A tar or zip file.

    Yields:
        The images' places, and everything else by its path within the archive. An archive that
        cannot be read to its end adds one failure of its own, with an empty path.
    """
    try:
        with open_file(path) as handle:
            if names.suffix(path) == names.ZIP:
                contents: list[tars.Content] = list(_zipped(handle))
            else:
                contents = list(tars.read(handle))
    except tars.Packed as error:
        yield Failed("", PACKED, str(error))
        return
    except Exception as error:  # file systems raise errors of their own
        yield Failed("", UNREADABLE, f"not a whole archive: {error}")
        return
    last = {content.name: n for n, content in enumerate(contents) if isinstance(content, Member)}
    for number, content in enumerate(contents):
        yield _settled(content, last.get(content.name) == number, last)


def _settled(
    content: tars.Content, latest: bool, members: Mapping[str, int]
) -> Member | Failed | Ignored:
    name, suffix = content.name, names.suffix(content.name)
    if isinstance(content, tars.Broken):
        return Failed(name, UNREADABLE, content.why)
    if names.lies_hidden(name):
        return Ignored(name, HIDDEN)
    if names.is_packed(name) or suffix == names.ZIP:
        return Failed(name, PACKED, "compressed, within an archive; unpack it first")
    if suffix not in names.IMAGES:
        return Ignored(name, suffix or names.NO_SUFFIX)
    if isinstance(content, tars.Odd):
        return Ignored(name, NO_FILE)
    if isinstance(content, tars.Link):
        if content.target in members:
            return Ignored(name, LINK)
        why = f"a link to {content.target}, which is not in the archive"
        return Failed(name, UNREADABLE, why)
    return content if latest else Ignored(name, REPLACED)


def _zipped(handle: BinaryIO) -> Iterator[tars.Content]:
    with zipfile.ZipFile(handle) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = info.filename
            if "/" not in name:  # some write them as Windows has them, against the standard
                name = name.replace("\\", "/")
            name = os.path.normpath(name).lstrip("/")
            yield Member(name, info.header_offset, info.file_size)
