"""Gives every image a split: the layout's, or one by a hash that stays when images are added."""

import functools
import hashlib
import itertools
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from components.image_example_gen.discovery.entries import Entry, Ignored, printable
from components.image_example_gen.discovery.layout import TEST, UNLABELLED
from models import features

By = Literal["auto", "folder", "image"]
BITS = 64  # of a hash
_SHOWN = 5  # names in a line
_log = logging.getLogger(__name__)


def deal(entries: Sequence[Entry], buckets: Mapping[str, int], by: By) -> Iterator[Entry | Ignored]:
    """Gives a split to each entry.

    Where the layout tells training from evaluation images, it is kept, and test images are left
    out; test images evaluate where there are no others for that. Otherwise splits are dealt by a
    hash of the image's or the folder's name below the source.

    Args:
        entries: All images, with the splits that the layout gives.
        buckets: Splits and how many images of so many go to each.
        by: What is dealt whole: folders, so that a burst is never on both sides; single images; or
            folders where there are enough of them, of images without a category.

    Yields:
        The entries with their split, in the same order, or what is left out.
    """
    given = {entry.split for entry in entries} - {""}
    complete = given >= buckets.keys()
    if not complete and given - {UNLABELLED} == {features.TRAIN_SPLIT, TEST}:
        complete, given = True, given - {TEST}
    left_out = (given & {TEST, UNLABELLED}) if complete else given & {UNLABELLED}
    if given == left_out:  # nothing but such images
        left_out = set()
    free = [
        place
        for place, entry in enumerate(entries)
        if entry.split not in left_out and not (complete and entry.split)
    ]
    if complete:
        _tell(entries[place] for place in free)
    dealt = dict(zip(free, _by_hash([entries[place] for place in free], buckets, by), strict=True))
    for place, entry in enumerate(entries):
        if entry.split in left_out:
            yield Ignored(entry.path, "test")
        else:
            split = dealt.get(place, entry.split)
            split = split if split in buckets else features.EVAL_SPLIT
            yield entry if split == entry.split else entry._replace(split=split)


def _by_hash(entries: Sequence[Entry], buckets: Mapping[str, int], by: By) -> list[str]:
    groups = [os.path.dirname(entry.key) for entry in entries]
    enough = len({g for g, e in zip(groups, entries, strict=True) if g and not e.category})
    if by == "image" or (by == "auto" and enough < sum(buckets.values())):
        groups = [""] * len(entries)
    keys = [
        entry.key if not group or (by == "auto" and entry.category) else f"{group}/"
        for group, entry in zip(groups, entries, strict=True)
    ]
    ranks = sorted(set(keys), key=number)
    splits = {key: _bucket(number(key), buckets) for key in ranks}
    # Of few, chance may leave the first or last split without any: the nearest goes there.
    names = list(buckets)
    for end, split in ((0, names[0]), (-1, names[-1])):
        if len(ranks) >= len(buckets):
            splits[ranks[end]] = split
    return [splits[key] for key in keys]


def _bucket(hashed: int, buckets: Mapping[str, int]) -> str:
    place = hashed * sum(buckets.values()) >> BITS
    return next(
        split
        for split, end in zip(buckets, itertools.accumulate(buckets.values()), strict=True)
        if place < end
    )


def _tell(entries: Iterator[Entry]) -> None:
    """Says which folders beside train/ and val/ are not understood."""
    beside = Counter(entry.key.split("/")[0] for entry in entries if "/" in entry.key)
    if beside:
        shown = ", ".join(f"{printable(k)}/ ({n})" for k, n in beside.most_common(_SHOWN))
        more = f" and {len(beside) - _SHOWN} more" if len(beside) > _SHOWN else ""
        _log.info("in no split by its name, dealt by hash: %s%s", shown, more)


@functools.lru_cache(maxsize=1024)
def number(text: str) -> int:
    """Hashes a name to a number of BITS bits."""
    digest = hashlib.sha256(text.encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[: BITS // 8], "big")
