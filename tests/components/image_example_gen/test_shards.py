"""Holds the dealing to what is found in real folders and archives."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from components.image_example_gen import shards, sources

MakeTar = Callable[..., Path]
WriteFiles = Callable[[Path, Iterable[str]], Path]
Find = Callable[..., list[sources.Entry]]
Plan = Callable[..., list[shards.Shard]]
MakeMixed = Callable[[Path, Iterable[str]], Path]
SELECTION = shards.Selection({"train": 2, "eval": 1}, {"train": None, "eval": None}, 1000)
MANY = [f"{'abc'[n % 3]}/{n}.jpg" for n in range(40)]


@pytest.fixture
def plan(find: Find) -> Plan:
    """Deals the images of any number of sources."""

    def run(*data: Path, **changes: object) -> list[shards.Shard]:
        return shards.plan(find(*data), SELECTION._replace(**changes))

    return run


@pytest.fixture
def make_mixed(write_files: WriteFiles, make_tar: MakeTar) -> MakeMixed:
    """Fills a folder with loose images, and an archive of twenty more."""

    def make(root: Path, names: Iterable[str]) -> Path:
        write_files(root, names)
        make_tar(root / "more.tar", {f"z/{number}.jpg": b"" for number in range(20)})
        return root

    return make


def _entries(planned: Iterable[shards.Shard]) -> list[sources.Entry]:
    return [entry for shard in planned for entry in shard.entries]


def _splits(planned: Iterable[shards.Shard]) -> dict[str, str]:
    """Path to split, once no entry is seen twice or in another split's shard."""
    found = {}
    for shard in planned:
        for entry in shard.entries:
            assert entry.split == shard.split
            assert entry.path not in found
            found[entry.path] = entry.split
    return found


# Splits.


def test_images_without_a_split_are_dealt_by_share(
    tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    folder = write_files(tmp_path / "photos", [f"{number}.jpg" for number in range(300)])
    counts = [len(shard.entries) for shard in plan(folder)]
    assert sum(counts) == 300
    assert counts[0] == pytest.approx(200, abs=30)


def test_what_lies_beside_train_and_val_is_dealt_by_hash(
    tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    beside = [f"more/{number}.jpg" for number in range(30)]
    folder = write_files(tmp_path / "photos", ["train/1.jpg", "val/2.jpg", *beside])
    found = _splits(plan(folder))
    assert found.pop("photos/train/1.jpg") == "train"
    assert found.pop("photos/val/2.jpg") == "eval"
    assert set(found.values()) == {"train", "eval"}


@pytest.mark.parametrize("only", ["train", "val"])
def test_one_split_alone_is_dealt_by_hash_and_keeps_its_categories(
    only: str, tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    folder = write_files(tmp_path / "photos", [f"{only}/beach/{n}.jpg" for n in range(30)])
    planned = plan(folder)
    assert set(_splits(planned).values()) == {"train", "eval"}
    assert {entry.category for entry in _entries(planned)} == {"beach"}


# Shards.


def test_an_archive_is_read_from_front_to_back(
    tmp_path: Path, make_tar: MakeTar, plan: Plan
) -> None:
    names = [f"val/{(number * 7) % 20}.jpg" for number in range(20)]
    archive = make_tar(tmp_path / "x.tar", dict.fromkeys(["train/0.jpg", *names], b""))
    found = [e.path for e in _entries(plan(archive, shard_images=6)) if e.split == "eval"]
    assert found == [f"x.tar/{name}" for name in names]


@pytest.mark.parametrize("shard_images", [1, 7, 1000])
def test_every_image_is_in_just_one_numbered_shard(
    shard_images: int, tmp_path: Path, make_mixed: MakeMixed, plan: Plan
) -> None:
    planned = plan(make_mixed(tmp_path / "photos", MANY), shard_images=shard_images)
    expected = [f"photos/{n}" for n in MANY] + [f"photos/more.tar/z/{n}.jpg" for n in range(20)]
    assert sorted(_splits(planned)) == sorted(expected)
    for split, of_split in itertools.groupby(planned, key=lambda shard: shard.split):
        group = list(of_split)
        assert [shard.number for shard in group] == list(range(len(group)))
        assert {shard.total for shard in group} == {len(group)}
        assert {len(shard.entries) for shard in group[:-1]} <= {shard_images}
        assert split in SELECTION.buckets


def test_loose_images_of_a_shard_are_of_mixed_categories(
    tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    root = write_files(tmp_path / "photos", [f"{'abc'[n // 20]}/{n}.jpg" for n in range(60)])
    first = plan(root, shard_images=20)[0]
    assert {entry.path.split("/")[1] for entry in first.entries} == {"a", "b", "c"}


def test_no_image_is_no_shard() -> None:
    assert shards.plan([], SELECTION) == []


# The same files, the same plan.


def _without_place(planned: Iterable[shards.Shard], root: Path) -> list[shards.Shard]:
    parent = str(root.parent)
    return [
        shard._replace(
            entries=[e._replace(file=e.file.removeprefix(parent)) for e in shard.entries]
        )
        for shard in planned
    ]


def test_neither_order_of_creation_nor_place_changes_the_plan(
    tmp_path: Path, make_mixed: MakeMixed, plan: Plan
) -> None:
    first = make_mixed(tmp_path / "here" / "photos", MANY)
    other = make_mixed(tmp_path / "there" / "deeper" / "photos", reversed(MANY))
    planned = plan(first, shard_images=7)
    assert planned == plan(first, shard_images=7)
    moved = plan(other, shard_images=7)
    assert _without_place(planned, first) == _without_place(moved, other)


def test_a_second_source_changes_nothing_for_the_first(
    tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    first = write_files(tmp_path / "a" / "photos", MANY)
    alone = _splits(plan(first))
    second = write_files(tmp_path / "pictures", ["1.jpg", "2.jpg"])
    for data in ([first, second], [second, first]):
        both = _splits(plan(*data))
        assert both.items() > alone.items()


def test_adding_files_moves_no_other_between_splits(
    tmp_path: Path, write_files: WriteFiles, plan: Plan
) -> None:
    root = write_files(tmp_path / "photos", MANY)
    before = _splits(plan(root))
    write_files(root, [f"0/{number}.jpg" for number in range(10)])
    after = _splits(plan(root))
    assert len(after) == len(before) + 10
    assert after.items() > before.items()


def test_limits_choose_a_stable_subset(tmp_path: Path, write_files: WriteFiles, plan: Plan) -> None:
    root = write_files(tmp_path / "photos", MANY)

    def chosen(train: int | None, evaluation: int | None) -> Mapping[str, str]:
        return _splits(plan(root, limits={"train": train, "eval": evaluation}))

    everything, some, few = chosen(None, None), chosen(10, 5), chosen(4, None)
    assert sorted(some.values()) == ["eval"] * 5 + ["train"] * 10
    assert everything.items() > some.items()
    train = [path for path, split in few.items() if split == "train"]
    assert len(train) == 4
    assert set(train) < set(some)
    assert chosen(1000, 1000) == everything
    write_files(root, [f"0/{number}.jpg" for number in range(5)])
    kept = chosen(10, 5)
    assert {path for path in kept if not path.startswith("photos/0/")} <= set(some)
