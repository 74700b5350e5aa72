"""What the layout of folders says of an image: its split and its category."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components.image_example_gen.discovery import names
from models import features

TEST = "test"  # labels beside the pipeline's own splits
UNLABELLED = "unlabelled test"
_SPLITS = {
    **dict.fromkeys(("train", "training"), features.TRAIN_SPLIT),
    **dict.fromkeys(("val", "valid", "validation", "eval"), features.EVAL_SPLIT),
    **dict.fromkeys(("test", "testing"), TEST),
}
_PLACES_TRAIN = re.compile(r"data_(256|large)(_standard|_challenge)?")
_PLACES_VAL = re.compile(r"val_(256|large)")
_PLACES_TEST = re.compile(r"test_(256|large)")
_WORDS = re.compile(r"[a-z]+")


class Place(NamedTuple):
    """Where an image lies."""

    source: str  # the last part of what was given
    above: str  # the folder above that, where an archive or image was given itself, or empty
    folders: Sequence[str]  # below the source
    archive: str  # the archive's name, or empty
    inside: Sequence[str]  # folders within the archive
    name: str


def read(place: Place, labels: Mapping[str, str]) -> tuple[str, str]:
    """Reads split and category, from the first folder that says something.

    What lies below the source counts before the source's own name, that before the archive's, and
    the folder above comes last: `test` may be no more than where somebody keeps things.

    Args:
        place: Where the image lies.
        labels: Categories of Places365's validation images by name.

    Returns:
        Split (or TEST or UNLABELLED) and category, each empty where nothing says.
    """
    inside = [_plain(folder) for folder in place.inside]
    below = [*map(_plain, place.folders), *inside]
    for path in (below, [_plain(place.source), *below]):
        for depth, folder in enumerate(path):
            if said := _said(folder, path[depth + 1 :], place.name, labels):
                return said
    for folder in (_plain(place.archive), *_word(place.archive), place.above):
        if said := _said(folder, inside, place.name, labels):
            return said
    return "", ""


def _word(archive: str) -> list[str]:
    """The one word that names a split, as in `train-00000.tar` or `imagenet-val-000.tar`."""
    words = [word for word in _WORDS.findall(archive.lower()) if word in _SPLITS]
    return words if len({_SPLITS[word] for word in words}) == 1 else []


def _said(
    folder: str, below: Sequence[str], name: str, labels: Mapping[str, str]
) -> tuple[str, str] | None:
    if (split := _SPLITS.get(folder.lower())) is not None:  # train/<category>/...
        return split, below[0] if below else ""
    if _PLACES_TRAIN.fullmatch(folder):  # data_256/<letter>/<category>[/<sub>]
        return features.TRAIN_SPLIT, "/".join(below[1:])
    if _PLACES_VAL.fullmatch(folder):
        return features.EVAL_SPLIT, labels.get(name, "")
    if _PLACES_TEST.fullmatch(folder):
        return UNLABELLED, ""
    return None


def _plain(folder: str) -> str:
    """An archive within an archive stands for a folder, and so does a folder named like one."""
    stem, suffix = os.path.splitext(folder)
    return stem if suffix.lower() in (names.TAR, names.ZIP) else folder
