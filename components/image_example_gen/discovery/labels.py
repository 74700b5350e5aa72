"""Places365's lists: which category each image of its validation set has."""

import os
from collections.abc import Iterable, Iterator, Mapping

from components.image_example_gen.discovery.entries import File
from components.image_example_gen.discovery.remote import open_file

_CATEGORIES = "categories_places365.txt"  # "/<letter>/<category>[/<sub>] <label>"
_VALIDATION = "places365_val.txt"  # "<name>.jpg <label>"
LISTS = frozenset({_CATEGORIES, _VALIDATION})
_FOLDERS = ("", "filelist_places365-standard", "filelist_places365-challenge")


def lists_beside(file: str) -> list[str]:
    """Finds lists beside an archive or image, as they lie where Places365 is downloaded.

    Args:
        file: A local path; a folder holds its own.

    Returns:
        Paths of those that are there.
    """
    if not os.path.isfile(file):
        return []
    near = [os.path.join(os.path.dirname(file), folder) for folder in _FOLDERS]
    paths = [os.path.join(folder, name) for folder in near for name in sorted(LISTS)]
    return [path for path in paths if os.path.isfile(path)]


def read(files: Iterable[File]) -> Mapping[str, str]:
    """Reads the categories of validation images.

    Args:
        files: All that was listed; the first list of each name counts.

    Returns:
        Categories by image name; empty where a list is missing.
    """
    found: dict[str, str] = {}
    for file in files:
        name = os.path.basename(file.path)
        if name in LISTS and not file.problem and not file.ignored:
            found.setdefault(name, file.path)
    if found.keys() < LISTS:
        return {}
    categories = {label: path.split("/", 2)[-1] for path, label in _pairs(found[_CATEGORIES])}
    return {image: categories.get(label, "") for image, label in _pairs(found[_VALIDATION])}


def _pairs(path: str) -> Iterator[tuple[str, str]]:
    with open_file(path) as lines:
        for line in lines:
            fields = line.decode(errors="replace").split()
            if len(fields) == 2:
                yield fields[0], fields[1]
