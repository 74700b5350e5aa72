"""Which pictures an evaluation sees."""

import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.image_example_gen.images import Limits
from evaluation import pictures
from models.images import preprocessing

ROOT = Path(__file__).parents[2]
LIMITS = Limits(
    working_size=256,
    min_side=32,
    max_side=65_500,
    max_pixels=10**8,
    max_bytes=10**8,
    max_memory=10**9,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in sorted((ROOT / "data/sample/val").rglob("*.jpg"))[:4]:
        target = tmp_path / "val" / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (tmp_path / "val" / "empty.jpg").touch()
    (tmp_path / "val" / "text.png").write_text("not a picture")
    return tmp_path


def test_pictures_are_those_of_the_pipeline_and_bad_files_are_listed(folder: Path) -> None:
    found = pictures.load([str(folder)], 100, LIMITS)
    assert found.canvases.shape == (4, 128, 128, 3)
    assert sorted(Path(path).name for path in found.rejected) == ["empty.jpg", "text.png"]
    assert all(found.rejected.values())
    for canvas, path, category in zip(*found[:3], strict=True):
        file = folder.parent / path
        assert category == file.parent.name
        data = preprocessing.decode_images(tf.constant([file.read_bytes()]))[0]
        np.testing.assert_array_equal(canvas, data)


def test_a_limit_takes_a_stable_subset(folder: Path) -> None:
    every, some = (pictures.load([str(folder)], limit, LIMITS) for limit in (100, 3))
    assert len(some.paths) == 3  # bad ones are replaced
    assert set(some.paths) <= set(every.paths)
    assert pictures.load([str(folder)], 3, LIMITS).paths == some.paths


def test_no_usable_picture_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ValueError, match=r"no usable image in .*1 rejected"):
        pictures.load([str(tmp_path)], 100, LIMITS)


def test_examples_are_read_as_they_were_ingested(sample_examples: Path) -> None:
    found = pictures.load_examples([str(sample_examples)], 100)
    assert found.canvases.shape == (10, 128, 128, 3)
    assert found.rejected == {}
    for canvas, path, category in zip(*found[:3], strict=True):
        assert category == Path(path).parent.name
        data = (ROOT / "data" / "sample" / path).read_bytes()
        np.testing.assert_array_equal(canvas, preprocessing.decode_images(tf.constant([data]))[0])
    some = pictures.load_examples([str(sample_examples)], 4)
    assert some.paths == [found.paths[index] for index in (0, 3, 5, 8)]  # evenly over all
    with pytest.raises(ValueError, match="no examples in no files"):
        pictures.load_examples([], 4)


def test_lists_beside_an_archive_name_the_categories(folder: Path, tmp_path: Path) -> None:
    places = tmp_path / "places"
    places.mkdir()
    photographs = sorted(folder.rglob("*.jpg"))[1:3]
    with tarfile.open(places / "val_256.tar", "w") as archive:
        for number, file in enumerate(photographs):
            archive.add(file, f"val_256/Places365_val_{number}.jpg")
    (places / "categories_places365.txt").write_text("/b/beach 7\n/h/house/outdoor 9\n")
    (places / "places365_val.txt").write_text("Places365_val_0.jpg 9\nPlaces365_val_1.jpg 7\n")
    found = pictures.load([str(places / "val_256.tar")], 100, LIMITS)
    assert dict(zip((path[-5] for path in found.paths), found.categories, strict=True)) == {
        "0": "house/outdoor",
        "1": "beach",
    }
