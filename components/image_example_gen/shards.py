"""Deals images into splits and shards, the same ones every time."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components.image_example_gen.sources import Entry


class Shard(NamedTuple):
    """The entries of one output file, in order."""

    split: str
    number: int
    total: int
    entries: list[Entry]


class Selection(NamedTuple):
    """Which entries go where."""

    buckets: Mapping[str, int]  # split -> share, where the data gives no splits
    limits: Mapping[str, int | None]  # split -> greatest number of images
    shard_images: int  # images a shard


def plan(entries: Sequence[Entry], selection: Selection) -> list[Shard]:
    """Gives each image a split, and deals them into shards.

    The same images always give the same shards in the same order. Loose files are dealt in the
    order of a hash of their path, which mixes categories; those in archives in the order in
    which they lie there, which lets each shard read its archive from front to back.

    Args:
        entries: What to deal, in any order.
        selection: Splits, limits and shard size.

    Returns:
        Shards of non-empty splits; empty if there are no entries.
    """
    splitted = _splitted(entries, selection.buckets)
    shards = []
    for split in selection.buckets:
        chosen = [entry for entry in splitted if entry.split == split]
        limit = selection.limits.get(split)
        if limit is not None and len(chosen) > limit:
            chosen = sorted(chosen, key=lambda entry: _hash(entry.path))[:limit]
        chosen.sort(key=_shard_order)
        step = selection.shard_images
        chunks = [chosen[start : start + step] for start in range(0, len(chosen), step)]
        shards += [Shard(split, i, len(chunks), chunk) for i, chunk in enumerate(chunks)]
    return shards


def _splitted(entries: Sequence[Entry], buckets: Mapping[str, int]) -> list[Entry]:
    """Gives a split to those that have none, or to all where the data has not every split."""
    complete = {entry.split for entry in entries if entry.split} >= set(buckets)
    bounds = [split for split, share in buckets.items() for _ in range(share)]
    return [
        entry
        if complete and entry.split
        else entry._replace(split=bounds[_hash(entry.path) % len(bounds)])
        for entry in entries
    ]


def _shard_order(entry: Entry) -> tuple[str, int, str]:
    if entry.offset is None:
        return "", _hash(entry.path), entry.path
    return entry.file, entry.offset, entry.path


def _hash(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode(errors="surrogateescape")).digest()[:8], "big")
