"""Deals the images of a split into files, the same ones every time."""

from collections.abc import Sequence
from typing import NamedTuple

from components.image_example_gen.dealing.splits import number
from components.image_example_gen.discovery.entries import Entry


class Shard(NamedTuple):
    """What goes into one output file, in order."""

    split: str
    number: int  # within the split
    entries: list[Entry]


def ranked(entries: Sequence[Entry]) -> list[Entry]:
    """Puts images in the order in which a subset takes them: the same whatever else there is.

    Args:
        entries: Images, in any order.

    Returns:
        The same by a hash of their paths.
    """
    return sorted(entries, key=lambda entry: (number(entry.path), entry.path))


def deal(split: str, entries: Sequence[Entry], size: int, first: int = 0) -> list[Shard]:
    """Deals images into shards.

    The same images always give the same shards in the same order. Loose files are dealt in the
    order of a hash of their path, which mixes categories; those in archives in the order in which
    they lie there, which lets each shard read its archive from front to back.

    Args:
        split: Their split.
        entries: Images, in any order.
        size: Images a shard.
        first: The number of the first shard.

    Returns:
        The shards.
    """
    ordered = sorted(entries, key=_reading_order)
    chunks = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    return [Shard(split, first + place, chunk) for place, chunk in enumerate(chunks)]


def _reading_order(entry: Entry) -> tuple[str, int, str]:
    if entry.member is None:
        return "", number(entry.path), entry.path
    return entry.file, entry.member.offset, entry.path
