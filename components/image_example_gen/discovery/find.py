"""Every file that was listed, as an image, as one that cannot be read, or as ignored."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from components.image_example_gen.discovery import archives, labels, layout, names
from components.image_example_gen.discovery.entries import (
    PACKED,
    UNREADABLE,
    Entry,
    Failed,
    File,
    Ignored,
    Member,
)

LIST = "list"  # a reason to ignore: read for its labels


Found = Entry | Failed | Ignored
ReadArchive = Callable[[File], Iterator[Member | Failed | Ignored]]


def read_archive(file: File) -> Iterator[Member | Failed | Ignored]:
    """Reads an archive itself, and no index of it."""
    return archives.read(file.path)


def find(files: Iterable[File], read: ReadArchive = read_archive) -> Iterator[Found]:
    """Finds the images among files, and in archives among them.

    Args:
        files: As `list_files` gives them; they are gone through twice.
        read: Tells what an archive holds, as `archives.read` does.

    Yields:
        What becomes of each file. The images of an archive come in the order in which they lie
        there, and after them what keeps it from being read to its end.
    """
    categories = labels.read(files)
    for file in files:
        yield from _settled(file, categories, read)


def is_archive(file: File) -> bool:
    """Whether a file is an archive that is to be read."""
    archive = names.suffix(file.path) in (names.TAR, names.ZIP)
    return archive and not file.ignored and not file.problem


def _settled(file: File, categories: Mapping[str, str], read: ReadArchive) -> Iterator[Found]:
    suffix = names.suffix(file.path)
    archive = suffix in (names.TAR, names.ZIP)
    if file.ignored:
        yield Ignored(file.label, file.ignored)
    elif os.path.basename(file.path) in labels.LISTS:
        yield Ignored(file.label, LIST)
    elif names.is_packed(file.path):
        yield Failed(file.label, PACKED, "compressed; unpack it first")
    elif not (archive or suffix in names.IMAGES or file.name.endswith("/")):
        yield Ignored(file.label, suffix or names.NO_SUFFIX)
    elif file.problem:
        yield Failed(file.label, UNREADABLE, file.problem)
    elif archive:
        yield from _archived(file, categories, read)
    else:
        place = _place(file, "", os.path.basename(file.path))
        yield _entry(file, None, place, categories)


def _archived(file: File, categories: Mapping[str, str], read: ReadArchive) -> Iterator[Found]:
    for found in read(file):
        if not isinstance(found, Member):
            yield found._replace(path=os.path.join(file.label, found.path).rstrip("/"))
            continue
        inside, name = os.path.split(found.name)
        yield _entry(file, found, _place(file, inside, name), categories)


def _entry(
    file: File, member: Member | None, place: layout.Place, categories: Mapping[str, str]
) -> Entry:
    split, category = layout.read(place, categories)
    category = sys.intern(category)  # one string for all of a category: millions are held at once
    return Entry(file.source, file.name, member, split, category, file.size, file.changed)


def _place(file: File, inside: str, name: str) -> layout.Place:
    above, source = os.path.split(file.source)
    is_archive = names.suffix(file.path) in (names.TAR, names.ZIP)
    return layout.Place(
        source=source if file.name else "",
        above="" if file.name else os.path.basename(above),
        folders=_parts(os.path.dirname(file.name)),
        archive=os.path.basename(file.path) if is_archive else "",
        inside=_parts(inside),
        name=name,
    )


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
