"""Holds the finding to real folders in every layout.

The patterns are in test_patterns.py, and what archives hold in test_archives.py.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from components.image_example_gen import sources

MakeTar = Callable[..., Path]
WriteFiles = Callable[[Path, Iterable[str]], Path]
Find = Callable[..., list[sources.Entry]]
CATEGORIES = "/a/airfield 0\n/b/bow_window/indoor 55\n"
VAL_LABELS = "Places365_val_00000001.jpg 55\nPlaces365_val_00000002.jpg 0\n"
PLACES = [
    "data_256/a/airfield/00000001.jpg",
    "data_256/b/bow_window/indoor/00000001.jpg",
    "val_256/Places365_val_00000001.jpg",
    "val_256/Places365_val_00000002.jpg",
    "val_256/Places365_val_00000003.jpg",
]


def _layout(entries: list[sources.Entry]) -> dict[str, tuple[str, str]]:
    """Path to split and category, once no entry is spoilt or seen twice."""
    assert not any(entry.error for entry in entries)
    found = {entry.path: (entry.split, entry.category) for entry in entries}
    assert len(found) == len(entries)
    return found


def _places(val_categories: Iterable[str]) -> dict[str, tuple[str, str]]:
    splits = ["train", "train", "eval", "eval", "eval"]
    categories = ["airfield", "bow_window/indoor", *val_categories]
    return dict(zip(PLACES, zip(splits, categories, strict=True), strict=True))


def test_a_plain_folder_is_searched_to_any_depth_for_images_only(
    tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    deep = "/".join("abcdefghi")
    wanted = ["1.jpg", "2.JPEG", "x/3.png", "x/y/4.webp", "x/y/z/5.tif", f"{deep}/6.gif"]
    other = ["notes.txt", "x/drawing.svg", "x/jpg", "._1.jpg", "x/._3.png", "._x.tar", "y.tar.gz"]
    found = _layout(find(write_files(tmp_path / "photos", wanted + other)))
    assert found == {f"photos/{name}": ("", "") for name in wanted}


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


def test_sources_that_lie_one_in_another_give_each_image_once(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    root = write_files(tmp_path / "photos", ["a/1.jpg", "a/2.jpg", "b/3.jpg"])
    make_tar(root / "more.tar", {"z/4.jpg": b"", "z/5.jpg": b""})
    found = find(root, root / "a", root / "more.tar")
    assert len({(entry.file, entry.offset) for entry in found}) == len(found) == 5
    assert _layout(found) == _layout(find(root))


def test_where_there_is_no_image_nothing_is_found(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar, find: Find
) -> None:
    assert find(write_files(tmp_path / "photos", ["notes.txt"])) == []
    assert find(make_tar(tmp_path / "x.tar", {"notes.txt": b""})) == []
    assert find(tmp_path / "missing") == []
