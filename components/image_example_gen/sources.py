"""Finds photographs in folders and tar archives, and what their folders say of them.

Only names and headers are read here, never pixels.
"""

import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tfx.dsl.io import fileio

from models import features

MAX_DEPTH = 10  # folders below the one given; TFX's globs know no "**"
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
)
ARCHIVE_SUFFIX = ".tar"

_CATEGORIES_LIST = "categories_places365.txt"  # "/<letter>/<category>[/<sub>] <label>"
_VAL_LIST = "places365_val.txt"  # "<name>.jpg <label>"
LISTS = (_CATEGORIES_LIST, _VAL_LIST)  # together they name the categories of validation images
_GLOB_CHARACTERS = r"([*?\[])"
_PLACES_TRAIN = re.compile(r"data_(256|large)(_standard|_challenge)?")
_PLACES_VAL = re.compile(r"val_(256|large)")
_SPLIT_FOLDERS = {"train": features.TRAIN_SPLIT, "val": features.EVAL_SPLIT}


class Entry(NamedTuple):
    """One image file, loose or inside an archive."""

    file: str  # the image, or the archive that holds it
    offset: int | None  # bytes into the archive; None for a loose file
    size: int | None  # bytes; None for a loose file, whose size only opening tells
    path: str  # what the image is called: stable when the data is moved
    split: str  # empty when the data does not say
    category: str  # empty when the data does not say
    error: str = ""  # why it cannot be read, where that is known already


def input_patterns(data: Sequence[str]) -> tuple[str, list[str]]:
    """Puts data sources as TFX's stock file-based driver wants them: one base, plain globs.

    Args:
        data: Folders or `.tar` archives, local or remote (`gs://...`).

    Returns:
        The base and the patterns below it: one for an archive, MAX_DEPTH for a folder.

    Raises:
        ValueError: If there is no source, or local and remote ones are mixed.
    """
    if not data:
        raise ValueError("no data: name a folder of images or a .tar archive")
    remote = ["://" in source for source in data]
    if any(remote) != all(remote):
        raise ValueError(f"local and remote data cannot be mixed: {', '.join(data)}")
    base, roots = _remote_roots(data) if all(remote) else _local_roots(data)
    return base, [pattern for root in dict.fromkeys(roots) for pattern in _patterns(root)]


def root_of(pattern: str) -> str:
    """The folder or archive that a pattern of `input_patterns` was made for."""
    return re.sub(r"\[([*?\[])\]", r"\1", re.sub(r"(/\*)+$", "", pattern))


def find(patterns: Sequence[str]) -> list[Entry]:
    """Lists every image that matches, each once.

    Args:
        patterns: Full glob patterns, as `input_patterns` makes them, base joined.

    Returns:
        The images by source and file; those of an archive in the order in which they lie there.
        An archive that cannot be read to its end adds an entry of its own, with the error.
    """
    roots: dict[str, str] = {}  # of each file: the first source that has it
    for pattern in patterns:
        root = root_of(pattern)
        for file in fileio.glob(pattern):
            roots.setdefault(file, root)
    files = sorted((root, file) for file, root in roots.items())
    labels = _read_labels([file for _, file in files])
    return [entry for root, file in files for entry in _entries(root, file, labels)]


def _remote_roots(data: Sequence[str]) -> tuple[str, list[str]]:
    schemes = {source.split("://")[0] for source in data}
    if len(schemes) > 1:
        raise ValueError(f"data of several schemes cannot be mixed: {', '.join(data)}")
    base = schemes.pop() + "://"
    return base, [source.removeprefix(base).rstrip("/") for source in data]


def _local_roots(data: Sequence[str]) -> tuple[str, list[str]]:
    paths = [os.path.abspath(source) for source in data]
    # The parent of each, so that the folder's own name stays in every image's path.
    base = os.path.commonpath([os.path.dirname(path) for path in paths])
    while re.search(_GLOB_CHARACTERS, base):  # the driver cannot be told to take it literally
        base = os.path.dirname(base)
    return base, [os.path.relpath(path, base) for path in paths]


def _patterns(root: str) -> list[str]:
    literal = re.sub(_GLOB_CHARACTERS, r"[\1]", root)
    if root.lower().endswith(ARCHIVE_SUFFIX):
        return [literal]
    return [literal + "/*" * depth for depth in range(1, MAX_DEPTH + 1)]


def _entries(root: str, file: str, labels: Mapping[str, str]) -> Iterator[Entry]:
    name = os.path.basename(root)
    relative = file.removeprefix(root).strip("/")
    suffix = os.path.splitext(file)[1].lower()
    if _is_image(relative):
        # With the folder's own name: data_256 itself may be what is given.
        split, category = _split_and_category(os.path.join(name, relative), labels)
        yield Entry(file, None, None, os.path.join(name, relative), split, category)
    elif suffix == ARCHIVE_SUFFIX and not _is_hidden(relative):
        path = os.path.join(name, relative).rstrip("/")
        try:
            for inside, offset, size in _members(file):
                split, category = _split_and_category(inside, labels)
                yield Entry(file, offset, size, os.path.join(path, inside), split, category)
        except Exception as error:  # file systems raise errors of their own, such as at a cut
            yield Entry(file, None, None, path, "", "", f"not a whole tar archive: {error}")


def _members(archive: str) -> Iterator[tuple[str, int, int]]:
    """The images in an archive: name, offset and size in bytes."""
    with fileio.open(archive, "rb") as handle, tarfile.open(fileobj=handle, mode="r:") as tar:
        for member in tar:
            tar.members = []  # type: ignore[attr-defined] # or tarfile keeps every header it has read
            name = os.path.normpath(member.name).lstrip("/")
            if member.isfile() and _is_image(name):
                yield name, member.offset_data, member.size
        # For tarfile, a spoilt header ends the archive like a proper end: a block of zeros.
        handle.seek(tar.offset)
        if handle.read(tarfile.BLOCKSIZE).strip(b"\0"):
            raise tarfile.ReadError(f"bad header at byte {tar.offset}")


def _is_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    return os.path.basename(name).startswith(".")  # such as the "._x.jpg" that macOS adds


def _split_and_category(relative: str, labels: Mapping[str, str]) -> tuple[str, str]:
    """Reads what the layout of the folders says, by the first folder that says something."""
    *folders, name = relative.split("/")
    for depth, folder in enumerate(folders):
        rest = folders[depth + 1 :]
        if folder in _SPLIT_FOLDERS:  # train/<category>/...
            return _SPLIT_FOLDERS[folder], rest[0] if rest else ""
        if _PLACES_TRAIN.fullmatch(folder):  # data_256/<letter>/<category>[/<sub>]
            return features.TRAIN_SPLIT, "/".join(rest[1:])
        if _PLACES_VAL.fullmatch(folder):
            return features.EVAL_SPLIT, labels.get(name, "")
    return "", ""


def _read_labels(files: Sequence[str]) -> dict[str, str]:
    """Names of Places365 validation images and their categories, from the list files."""
    lists = {os.path.basename(file): file for file in files}
    if not {_CATEGORIES_LIST, _VAL_LIST} <= lists.keys():
        return {}
    names = {label: path.split("/", 2)[-1] for path, label in _read_pairs(lists[_CATEGORIES_LIST])}
    return {image: names.get(label, "") for image, label in _read_pairs(lists[_VAL_LIST])}


def _read_pairs(file: str) -> Iterator[tuple[str, str]]:
    with fileio.open(file, "r") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) == 2:
                yield fields[0], fields[1]
