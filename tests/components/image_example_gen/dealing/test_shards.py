"""Holds the shards and the choice of a sample to what is found in real folders and archives."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from components.image_example_gen.dealing import sampling, shards, splits
from components.image_example_gen.discovery.entries import Entry, Member
from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles

MakeMixed = Callable[[Path, Iterable[str]], Path]
SEVERAL = shards.Sizes(1 << 20, 4, 1, 1 << 16)
MANY = [f"{'abc'[n % 3]}/{n}.jpg" for n in range(40)]


@pytest.fixture
def make_mixed(write_files: WriteFiles, make_tar: MakeTar) -> MakeMixed:
    """Fills a folder with loose images, and an archive of twenty more."""

    def make(root: Path, names: Iterable[str]) -> Path:
        write_files(root, names)
        make_tar(root / "more.tar", {f"z/{number}.jpg": b"" for number in range(20)})
        return root

    return make


def _paths(dealt: Iterable[shards.Shard]) -> list[str]:
    return [entry.path for shard in dealt for entry in shard.entries]


def test_an_archive_is_read_from_front_to_back(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    names = [f"val/{(number * 7) % 20}.jpg" for number in range(20)]
    entries = find(make_tar(tmp_path / "x.tar", dict.fromkeys(names, b""))).entries
    dealt = shards.deal("eval", entries[::-1], SEVERAL)
    assert len(dealt) > 1
    found = _paths(dealt)
    assert found == [f"x.tar/{name}" for name in names]


@pytest.mark.parametrize("wanted", [1, 7, 1000])
def test_every_image_is_in_just_one_numbered_shard(
    wanted: int, tmp_path: Path, make_mixed: MakeMixed, find: Find
) -> None:
    entries = find(make_mixed(tmp_path / "photos", MANY)).entries
    dealt = shards.deal("train", entries, SEVERAL._replace(shards=wanted), first=3)
    assert sorted(_paths(dealt)) == sorted(entry.path for entry in entries)
    assert [shard.number for shard in dealt] == list(range(3, 3 + len(dealt)))
    assert {shard.split for shard in dealt} == {"train"}
    assert all(shard.entries for shard in dealt)


def _of_sizes(*sizes: int) -> list[Entry]:
    return [Entry("/photos", f"{n}.jpg", size=size) for n, size in enumerate(sizes)]


def _in_archive(name: str, count: int, size: int) -> list[Entry]:
    members = [Member(f"{n}.jpg", n * size, size) for n in range(count)]
    return [Entry("/photos", name, member) for member in members]


def _stored(shard: shards.Shard) -> int:
    return sum(entry.member.size if entry.member else entry.size for entry in shard.entries)


@pytest.mark.parametrize(
    "make", [lambda: _of_sizes(*[10_000] * 50_000), lambda: _in_archive("x.tar", 50_000, 10_000)]
)
def test_shards_are_about_as_large_as_was_said(make: Callable[[], list[Entry]]) -> None:
    dealt = shards.deal("train", make(), shards.Sizes(1 << 25, 4, 64, 1 << 16))
    assert 15 <= len(dealt) <= 32
    assert all(1 << 23 < _stored(shard) < 1.1 * (1 << 25) for shard in dealt[:-1])


@pytest.mark.parametrize("wanted", [2, 16, 23])
def test_there_are_as_many_as_are_wanted_where_there_are_images_enough(wanted: int) -> None:
    sizes = shards.Sizes(1 << 27, wanted, 64, 1 << 16)
    for entries in (_of_sizes(*[4000] * 9000), _in_archive("x.tar", 9000, 4000)):
        assert wanted <= len(shards.deal("train", entries, sizes)) < 4 * wanted
    assert len(shards.deal("train", _of_sizes(*[4000] * 100), sizes)) == 1


def test_what_is_made_smaller_counts_as_what_it_becomes() -> None:
    sizes = shards.Sizes(1 << 20, 1, 64, 1 << 14)
    large, small = ([10_000_000] * 64, [1 << 14] * 64)
    dealt = [shards.deal("train", _of_sizes(*given), sizes) for given in (large, small)]
    assert len(dealt[0]) == len(dealt[1]) == 1


def test_a_further_image_changes_one_shard() -> None:
    sizes = shards.Sizes(1 << 20, 16, 64, 1 << 16)
    entries = [*_of_sizes(*[4000] * 5000), *_in_archive("x.tar", 5000, 4000)]
    before = shards.deal("train", entries, sizes)
    after = shards.deal("train", [*entries, Entry("/photos", "new.jpg", size=4000)], sizes)
    assert len(before) == len(after) > 30
    changed = [a for b, a in zip(before, after, strict=True) if a.entries != b.entries]
    assert len(changed) == 1
    more = shards.deal("train", [*entries, *_in_archive("y.tar", 10, 4000)], sizes)
    kept = [shard.entries for shard in more]
    assert sum(shard.entries not in kept for shard in before) <= 1


def test_an_archive_that_grows_keeps_its_shards() -> None:
    sizes = shards.Sizes(1 << 20, 4, 64, 1 << 16)
    before, after = (
        shards.deal("train", _in_archive("x.tar", count, 4000), sizes) for count in (5000, 5100)
    )
    assert [shard.entries for shard in after[: len(before) - 1]] == [
        shard.entries for shard in before[:-1]
    ]


def test_loose_images_of_a_shard_are_of_mixed_categories(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "photos", [f"{'abc'[n // 20]}/{n}.jpg" for n in range(60)])
    first = shards.deal("train", find(root).entries, SEVERAL._replace(shards=2))[0]
    assert {entry.path.split("/")[1] for entry in first.entries} == {"a", "b", "c"}


def test_no_image_is_no_shard() -> None:
    assert shards.deal("train", [], SEVERAL) == []


def test_neither_order_of_creation_nor_place_changes_the_shards(
    tmp_path: Path, make_mixed: MakeMixed, find: Find
) -> None:
    first = make_mixed(tmp_path / "here" / "photos", MANY)
    other = make_mixed(tmp_path / "there" / "deeper" / "photos", reversed(MANY))
    dealt = [
        [shard.entries for shard in shards.deal("train", find(root).entries, SEVERAL)]
        for root in (first, first, other)
    ]
    assert dealt[0] == dealt[1]
    assert len(dealt[0]) > 2
    keys = [[[entry.key for entry in entries] for entries in one] for one in dealt]
    assert keys[0] == keys[2]


# Samples.


@pytest.fixture
def entries(tmp_path: Path, write_files: WriteFiles, find: Find) -> list:
    found = find(write_files(tmp_path / "photos", MANY)).entries
    return [entry._replace(split="train" if n % 4 else "eval") for n, entry in enumerate(found)]


def _taken(entries: list, train: int | None, evaluation: int | None) -> dict[str, set[str]]:
    sample = sampling.Sample(entries, {"train": train, "eval": evaluation})
    found = {split: {entry.path for entry in chosen} for split, chosen in sample.take().items()}
    assert not any(sample.wanted.values())
    assert sample.left + sum(map(len, found.values())) == len(entries)
    return found


def test_a_sample_is_a_stable_subset(entries: list) -> None:
    everything, some, few = (_taken(entries, *n) for n in ((None, None), (10, 5), (4, None)))
    assert [len(some[split]) for split in ("train", "eval")] == [10, 5]
    assert all(everything[split] > some[split] for split in some)
    assert some["train"] > few["train"]
    assert few["eval"] == everything["eval"]
    assert _taken(entries, 1000, 1000) == everything
    assert _taken(entries[::-1], 10, 5) == some


def test_a_sample_and_a_split_by_hash_are_dealt_into_shards_as_evenly_as_all(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    write_files(tmp_path / "photos", [f"{number}.jpg" for number in range(3000)])
    found = find(tmp_path / "photos").entries
    dealt = list(splits.deal(found, {"train": 5, "eval": 1}, "image"))
    sample = sampling.Sample(dealt, {"train": 300, "eval": None})
    for split, entries in sample.take().items():
        filled = [len(shard.entries) for shard in shards.deal(split, entries, SEVERAL)]
        assert len(filled) >= 4
        assert max(filled) < 1.5 * len(entries) / len(filled)


def test_bad_ones_are_replaced_by_the_next_for_as_long_as_there_are_any(entries: list) -> None:
    sample = sampling.Sample(entries, {"train": 10, "eval": None})
    first = sample.take()["train"]
    sample.replace("train", 3)
    assert sample.wanted == {"train": 3, "eval": 0}
    second = sample.take()["train"]
    assert first + second == shards.ranked([e for e in entries if e.split == "train"])[:13]
    for reported in (8, 20):  # a shard at a time
        sample.replace("train", reported)
    assert len(sample.take()["train"]) == 17
    sample.replace("train", 17)
    sample.replace("eval", 1)
    assert sample.wanted == {"train": 0, "eval": 0}
    assert sample.left == 0


def test_images_of_no_split_of_the_pipeline_are_no_part_of_it(entries: list) -> None:
    sample = sampling.Sample([e._replace(split="x") for e in entries], {"train": None, "eval": 3})
    assert list(itertools.chain(*sample.take().values())) == []
