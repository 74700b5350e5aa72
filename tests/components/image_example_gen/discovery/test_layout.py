"""Holds split and category to real folders in every layout."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.components.conftest import MakeTar
from tests.components.image_example_gen.conftest import Find, WriteFiles

CATEGORIES = "/a/airfield 0\n/b/bow_window/indoor 55\n"
VAL_LABELS = "Places365_val_00000001.jpg 55\nPlaces365_val_00000002.jpg 0\n"
PLACES = [
    "data_256/a/airfield/00000001.jpg",
    "data_256/b/bow_window/indoor/00000001.jpg",
    "val_256/Places365_val_00000001.jpg",
    "val_256/Places365_val_00000002.jpg",
    "val_256/Places365_val_00000003.jpg",
]


def _layout(found: Any) -> dict[str, tuple[str, str]]:
    """Path to split and category, once nothing is spoilt or seen twice."""
    assert not found.failed
    layout = {entry.path: (entry.split, entry.category) for entry in found.entries}
    assert len(layout) == len(found.entries)
    return layout


def _places(val_categories: Iterable[str]) -> dict[str, tuple[str, str]]:
    splits = ["train", "train", "eval", "eval", "eval"]
    categories = ["airfield", "bow_window/indoor", *val_categories]
    return dict(zip(PLACES, zip(splits, categories, strict=True), strict=True))


def test_train_and_val_folders_are_the_splits_and_those_within_the_categories(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    names = ["train/beach/1.jpg", "train/beach/deeper/2.jpg", "train/3.jpg", "val/lake/4.jpg"]
    assert _layout(find(write_files(tmp_path / "photos", [*names, "more/5.jpg"]))) == {
        "photos/train/beach/1.jpg": ("train", "beach"),
        "photos/train/beach/deeper/2.jpg": ("train", "beach"),
        "photos/train/3.jpg": ("train", ""),
        "photos/val/lake/4.jpg": ("eval", "lake"),
        "photos/more/5.jpg": ("", ""),
    }


def test_places365_without_its_lists_has_categories_for_training_only(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    found = _layout(find(write_files(tmp_path / "places", PLACES)))
    assert found == {f"places/{k}": v for k, v in _places(["", "", ""]).items()}


def test_the_folder_given_may_itself_be_a_part_of_places365(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    write_files(tmp_path, PLACES)
    found = _layout(find(tmp_path / "data_256", tmp_path / "val_256"))
    assert found == _places(["", "", ""])


@pytest.mark.parametrize("folder", ["", "filelist_places365-standard"])
def test_places365_with_its_lists_has_categories_for_validation_too(
    folder: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "places", PLACES)
    lists = root / folder
    lists.mkdir(exist_ok=True)
    (lists / "categories_places365.txt").write_text(CATEGORIES)
    (lists / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["bow_window/indoor", "airfield", ""])  # the last is not listed
    assert _layout(find(root)) == {f"places/{k}": v for k, v in expected.items()}


def test_categories_listed_without_a_letter_are_taken_as_they_are(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "places", PLACES)
    (root / "categories_places365.txt").write_text("airfield 0\n\nlake 55\n")
    (root / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["lake", "airfield", ""])
    assert _layout(find(root)) == {f"places/{k}": v for k, v in expected.items()}


@pytest.mark.parametrize("train", ["data_large", "data_256_standard", "data_large_challenge"])
def test_other_editions_of_places365_are_known(
    train: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    names = [f"{train}/a/airfield/1.jpg", "val_large/Places365_val_00000001.jpg"]
    found = _layout(find(write_files(tmp_path / "places", names)))
    assert list(found.values()) == [("train", "airfield"), ("eval", "")]


def test_the_easy_format_of_places365_is_known(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    names = ["places365_standard/train/airfield/1.jpg", "places365_standard/val/lake/2.jpg"]
    found = _layout(find(write_files(tmp_path, names) / "places365_standard"))
    assert list(found.values()) == [("train", "airfield"), ("eval", "lake")]


def test_a_folder_of_archives_and_lists_is_taken_whole(
    tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    root = tmp_path / "places"
    for part in ("data_256", "val_256"):
        members = {name: b"" for name in PLACES if name.startswith(part)}
        make_tar(root / "archives" / f"{part}.tar", members)
    (root / "categories_places365.txt").write_text(CATEGORIES)
    (root / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["bow_window/indoor", "airfield", ""])
    assert _layout(find(root)) == {
        f"places/archives/{name.split('/')[0]}.tar/{name}": value
        for name, value in expected.items()
    }


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("val", "eval"),
        ("VALIDATION", "eval"),
        ("valid", "eval"),
        ("test", "test"),
        ("test_256", "unlabelled test"),
        ("trainees", ""),
        ("more", ""),
    ],
)
def test_splits_are_known_by_their_usual_names(
    folder: str, split: str, tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    root = write_files(tmp_path / "photos", [f"{folder}/beach/1.jpg"])
    make_tar(root / folder / "00000.tar", {"2.jpg": b"", "2.json": b"{}"})
    make_tar(root / "x.tar", {f"{folder}/beach/3.jpg": b""})
    found = find(root)
    assert [entry.split for entry in found.entries] == [split] * 3
    known = split not in ("", "unlabelled test")
    assert [entry.category for entry in found.entries] == (
        ["beach", "", "beach"] if known else [""] * 3
    )
    # The folder itself may be what is given, or what the archive lies in.
    assert {entry.split for entry in find(root / folder).entries} == {split}
    assert {entry.split for entry in find(root / folder / "00000.tar").entries} == {split}


@pytest.mark.parametrize(
    ("archive", "split"),
    [
        ("train.tar", "train"),
        ("train-00000.tar", "train"),
        ("imagenet-val-000012.tar", "eval"),
        ("train_256_places365standard.tar", "train"),
        ("val_256.tar", "eval"),
        ("test_256.tar", "unlabelled test"),
        ("train_and_val.tar", ""),
        ("00000.tar", ""),
    ],
)
def test_an_archives_name_says_the_split_where_no_folder_does(
    archive: str, split: str, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    found = find(make_tar(tmp_path / archive, {"1.jpg": b"", "val/2.jpg": b""}))
    assert [entry.split for entry in found.entries] == [split, "eval"]


def test_what_lies_below_counts_before_the_name_of_what_is_given(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    root = write_files(tmp_path / "test", ["train/1.jpg", "val/2.jpg", "3.jpg"])
    assert [entry.split for entry in find(root).entries] == ["test", "train", "eval"]


@pytest.mark.parametrize("folder", ["", "filelist_places365-standard"])
def test_lists_are_found_beside_an_archive_that_is_named_itself(
    folder: str, tmp_path: Path, make_tar: MakeTar, find: Find
) -> None:
    archive = make_tar(tmp_path / "val_256.tar", {"val_256/Places365_val_00000001.jpg": b""})
    lists = tmp_path / folder
    lists.mkdir(exist_ok=True)
    (lists / "categories_places365.txt").write_text(CATEGORIES)
    (lists / "places365_val.txt").write_text(VAL_LABELS)
    found = find(archive)
    assert [entry.category for entry in found.entries] == ["bow_window/indoor"]
    assert found.ignored == {"categories_places365.txt": "list", "places365_val.txt": "list"}
