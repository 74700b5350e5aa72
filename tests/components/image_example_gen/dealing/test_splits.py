"""Holds the dealing into splits to what is found in real folders and archives."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from components.image_example_gen.dealing import splits
from components.image_example_gen.discovery.entries import Entry, Ignored
from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles

Deal = Callable[..., dict[str, str]]
BUCKETS = {"train": 2, "eval": 1}
MANY = [f"{'abc'[n % 3]}/{n}.jpg" for n in range(40)]
BURSTS = [f"day{day}/{n}.jpg" for day in range(60) for n in range(5)]


@pytest.fixture
def deal(find: Find) -> Deal:
    """Deals the images of any number of sources: key to split, or to why it is left out."""

    def run(*data: Path, by: splits.By = "auto") -> dict[str, str]:
        entries = find(*data).entries
        dealt = list(splits.deal(entries, BUCKETS, by))
        assert len(dealt) == len(entries)
        found = {}
        for before, after in zip(entries, dealt, strict=True):
            if isinstance(after, Ignored):
                assert (after.path, after.reason) == (before.path, "test")
                found[before.key] = "left out"
            else:
                assert isinstance(after, Entry)
                found[before.key] = after.split
        return found

    return run


def _by_folder(dealt: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, split in dealt.items():
        found.setdefault(key.split("/")[0], set()).add(split)
    return found


# The layout's splits.


def test_splits_of_the_layout_are_kept(tmp_path: Path, write_files: WriteFiles, deal: Deal) -> None:
    names = [f"{split}/{n}.jpg" for split in ("train", "val") for n in range(20)]
    found = _by_folder(deal(write_files(tmp_path / "photos", names)))
    assert found == {"train": {"train"}, "val": {"eval"}}


def test_test_images_are_left_out_where_there_are_others_to_evaluate(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    names = [f"{s}/{n}.jpg" for s in ("training", "validation", "test", "test_256") for n in "12"]
    found = _by_folder(deal(write_files(tmp_path / "photos", names)))
    assert found["training"] == {"train"}
    assert found["validation"] == {"eval"}
    assert found["test"] == found["test_256"] == {"left out"}


def test_test_images_evaluate_where_there_are_no_others(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    names = [f"{split}/{n}.jpg" for split in ("train", "test", "test_large") for n in range(9)]
    found = _by_folder(deal(write_files(tmp_path / "photos", names)))
    assert found == {"train": {"train"}, "test": {"eval"}, "test_large": {"left out"}}


@pytest.mark.parametrize("only", ["train", "val", "test", "test_256"])
def test_one_split_alone_is_dealt_by_hash(
    only: str, tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    folder = write_files(tmp_path / "photos", [f"{only}/beach/{n}.jpg" for n in range(30)])
    assert set(deal(folder).values()) == {"train", "eval"}


def test_what_lies_beside_train_and_val_is_dealt_by_hash_and_named(
    tmp_path: Path, write_files: WriteFiles, deal: Deal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "components")
    beside = [f"more/{number}.jpg" for number in range(30)]
    found = deal(write_files(tmp_path / "photos", ["train/1.jpg", "val/2.jpg", *beside]))
    assert found.pop("train/1.jpg") == "train"
    assert found.pop("val/2.jpg") == "eval"
    assert set(found.values()) == {"train", "eval"}
    assert caplog.messages == ["in no split by its name, dealt by hash: more/ (30)"]


# By hash.


def test_images_are_dealt_by_share(tmp_path: Path, write_files: WriteFiles, deal: Deal) -> None:
    found = deal(write_files(tmp_path / "photos", [f"{number}.jpg" for number in range(300)]))
    assert list(found.values()).count("train") == pytest.approx(200, abs=30)


def test_a_folder_is_dealt_whole_where_there_are_enough(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    root = write_files(tmp_path / "photos", BURSTS)
    whole = _by_folder(deal(root))
    assert all(len(found) == 1 for found in whole.values())
    assert sum(found == {"eval"} for found in whole.values()) == pytest.approx(20, abs=9)
    assert deal(root, by="folder") == deal(root)
    assert any(len(found) == 2 for found in _by_folder(deal(root, by="image")).values())


def test_a_burst_within_an_archive_is_dealt_whole(
    tmp_path: Path, make_tar: MakeTar, deal: Deal
) -> None:
    found = _by_folder(deal(make_tar(tmp_path / "x.tar", dict.fromkeys(BURSTS, b""))))
    assert all(len(splits) == 1 for splits in found.values())


def test_of_few_folders_images_are_dealt(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    found = deal(write_files(tmp_path / "photos", [n for n in MANY if not n.startswith("c/")]))
    assert set(found.values()) == {"train", "eval"}
    assert any(len(of_folder) == 2 for of_folder in _by_folder(found).values())


def test_categories_are_not_dealt_whole(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    names = [f"train/category{n % 30}/{n}.jpg" for n in range(300)]
    found = deal(write_files(tmp_path / "photos", names))
    assert list(found.values()).count("train") == pytest.approx(200, abs=30)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("form", ["{n}.jpg", "day{n}/1.jpg"])
def test_no_split_is_left_empty_by_chance(
    count: int, form: str, tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    found = deal(write_files(tmp_path / "photos", [form.format(n=n) for n in range(count)]))
    assert set(found.values()) == {"train", "eval"}


@pytest.mark.parametrize("names", [MANY, BURSTS])
def test_moving_and_renaming_the_data_deals_nothing_anew(
    names: list[str], tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    first = deal(write_files(tmp_path / "here" / "photos", names))
    assert deal(write_files(tmp_path / "there" / "deeper" / "pictures 2", reversed(names))) == first


def test_renaming_an_archive_deals_nothing_anew(
    tmp_path: Path, make_tar: MakeTar, deal: Deal
) -> None:
    members = dict.fromkeys(MANY, b"")
    found = [deal(make_tar(tmp_path / name, members)) for name in ("x.tar", "y.tar")]
    assert found[0] == found[1]


def test_a_second_source_changes_nothing_for_the_first(
    tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    first = write_files(tmp_path / "a" / "photos", MANY)
    alone = deal(first)
    second = write_files(tmp_path / "pictures", ["1.jpg", "2.jpg"])
    for data in ([first, second], [second, first]):
        assert deal(*data).items() > alone.items()


@pytest.mark.parametrize("names", [MANY, BURSTS])
def test_adding_files_moves_no_other_between_splits(
    names: list[str], tmp_path: Path, write_files: WriteFiles, deal: Deal
) -> None:
    root = write_files(tmp_path / "photos", names)
    before = deal(root)
    write_files(root, [f"0/{number}.jpg" for number in range(10)])
    after = deal(root)
    assert len(after) == len(before) + 10
    assert after.items() > before.items()
