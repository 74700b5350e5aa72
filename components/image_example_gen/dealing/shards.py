"""Deals the images of a split into files: the same ones every time, and few others for a new image.

Images that lie in small files, most often of their own, are dealt by a hash of the file's name
into a power of two of shards; a file that is large by itself, an archive, is cut at places that
depend on it alone. So a further image changes one shard; all others are as they were.
"""

from collections.abc import Sequence
from typing import NamedTuple

from components.image_example_gen.dealing.splits import BITS, number
from components.image_example_gen.discovery.entries import Entry

_Place = tuple[str, int]  # of a shard: the archive that it is cut out of, or none; which of these


class Sizes(NamedTuple):
    """How large shards are: halved from the greatest until there are enough of them."""

    greatest: int  # bytes of a shard, about
    shards: int  # at least so many of a split,
    images: int  # if that leaves so many images for each
    image: int  # greatest number of bytes that is written for an image, about


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


def deal(split: str, entries: Sequence[Entry], sizes: Sizes, first: int = 0) -> list[Shard]:
    """Deals images into shards.

    The same images always give the same shards in the same order. Loose files lie in the order of a
    hash of their name, which mixes categories; those in archives in the order in which they lie
    there, which lets each shard read its archive from front to back.

    Args:
        split: Their split.
        entries: Images, in any order.
        sizes: Of the shards.
        first: The number of the first shard.

    Returns:
        The shards.
    """
    if not entries:
        return []
    # Not by the hash that splits and samples are taken by: each of these is a part of its range,
    # and would lie in a part of the shards.
    files = _files(entries, salt="shard of ")
    weights = [sum(_weight(entry, sizes) for entry in inside) for _, _, inside in files]
    size = _size(sum(weights), len(entries), sizes)
    small = sum(weight for weight in weights if weight <= size)
    bits = max(0, -(-small // size) - 1).bit_length()  # of a hash: shards are a power of two
    places: dict[_Place, list[Entry]] = {}
    for (hashed, label, inside), weight in zip(files, weights, strict=True):
        if weight <= size:
            places.setdefault(("", hashed >> (BITS - bits)), []).extend(inside)
            continue
        passed = 0
        for entry in inside:
            places.setdefault((label, passed // size), []).append(entry)
            passed += _weight(entry, sizes)
    return [Shard(split, first + n, places[place]) for n, place in enumerate(sorted(places))]


def ordered(entries: Sequence[Entry]) -> list[Entry]:
    """Puts images in the order in which they are read: files by a hash, each from front to back.

    Args:
        entries: Images, in any order.

    Returns:
        The same.
    """
    return [entry for _, _, inside in _files(entries) for entry in inside]


def _files(entries: Sequence[Entry], salt: str = "") -> list[tuple[int, str, list[Entry]]]:
    """Files by a hash, with their names and their images from front to back."""
    files: dict[str, list[Entry]] = {}
    for entry in entries:
        files.setdefault(entry.label, []).append(entry)
    for inside in files.values():
        inside.sort(key=_offset)
    return sorted((number(salt + label), label, inside) for label, inside in files.items())


def _size(total: int, images: int, sizes: Sizes) -> int:
    """Bytes a shard. Powers of two, so that it seldom changes with the number of images."""
    wanted = max(1, min(sizes.shards, images // sizes.images))
    size = sizes.greatest
    while size > 1 and -(-total // size) < wanted:
        size //= 2
    return size


def _weight(entry: Entry, sizes: Sizes) -> int:
    stored = entry.member.size if entry.member else entry.size
    return max(1, min(stored, sizes.image))


def _offset(entry: Entry) -> int:
    return entry.member.offset if entry.member else 0
