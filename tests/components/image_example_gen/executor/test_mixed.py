"""Of good files among bad ones, the good are all written, and the bad listed with their reasons."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import tensorflow as tf
from PIL import Image
from tfx.types import artifact_utils, standard_artifacts

from components.image_example_gen import accounting, images
from models import features
from models.images import tfrecords
from tests.components.conftest import LIMITS, Ingest, MakeJpeg
from tests.components.image_example_gen.executor.ingested import (
    SEVERAL,
    examples_of,
    fill,
    number,
    paths_of,
    record_files,
    rejects_of,
    text,
)
from tests.pictures import encoded

GOOD = 14


def _good(make_jpeg: MakeJpeg) -> dict[str, bytes]:
    photographs = {f"{'ab'[n % 2]}/{n}.jpg": make_jpeg(n) for n in range(GOOD - 2)}
    photographs["c/grey.png"] = encoded(Image.new("L", (40, 50), 90))
    photographs["c/large.jpg"] = make_jpeg(99, 200, 100)
    return photographs


def _bad(make_jpeg: MakeJpeg) -> dict[str, tuple[bytes, str]]:
    """Unusable files and why."""
    return {
        "empty.jpg": (b"", "empty"),
        "a/empty.png": (b"", "empty"),
        "garbage.jpg": (bytes(range(256)), "corrupt"),
        "page.jpg": (b"<html>Not Found</html>", "corrupt"),
        "drawing.png": (b"<svg/>", "corrupt"),
        "a/cut.jpg": (make_jpeg(1)[:-100], "corrupt"),
        "a/cut.png": (encoded(Image.new("RGB", (40, 40)))[:-40], "corrupt"),
        "postscript.jpg": (encoded(Image.new("RGB", (40, 40)), "EPS"), "corrupt"),
        "line, with comma.jpg": (b'"quoted"\n', "corrupt"),
        "small.jpg": (make_jpeg(2, 31, 40), "too_small"),
        "b/icon.png": (encoded(Image.new("RGB", (16, 16))), "too_small"),
        "b/large.png": (encoded(Image.new("1", (1001, 1000))), "too_large"),
        "long.jpg": (make_jpeg(3) + b"\0" * 100_000, "too_large"),
    }


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory, make_jpeg: MakeJpeg, ingest: Ingest
) -> standard_artifacts.Examples:
    """Good files among bad ones."""
    root = tmp_path_factory.mktemp("mixed")
    bad = [(name, content) for name, (content, _) in _bad(make_jpeg).items()]
    folder = fill(root / "photos", [*_good(make_jpeg).items(), *bad])
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "broken.tar").write_bytes(b"not an archive" * 100)
    return ingest([folder], root / "output", sizes=SEVERAL)


def test_the_good_images_are_all_there_and_no_other(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    expected = {f"photos/{k}": images.normalise(v, LIMITS) for k, v in _good(make_jpeg).items()}
    found = {}
    for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT):
        for one in examples_of(mixed, split):
            assert set(one.features.feature) == {
                features.IMAGE,
                features.WIDTH,
                features.HEIGHT,
                features.PATH,
                features.CATEGORY,
            }
            found[text(one, features.PATH).decode()] = images.Photograph(
                text(one, features.IMAGE),
                number(one, features.WIDTH),
                number(one, features.HEIGHT),
            )
            assert text(one, features.CATEGORY) == b""
    assert found == expected
    assert found["photos/a/0.jpg"] == (make_jpeg(0), 48, 40)
    assert found["photos/c/large.jpg"][1:] == (200, 100)


def test_every_bad_file_is_listed_with_its_reason(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    expected = {f"photos/{name}": reason for name, (_, reason) in _bad(make_jpeg).items()}
    expected |= {"photos/dangling.jpg": "unreadable", "photos/broken.tar": "unreadable"}
    rows = rejects_of(mixed)
    assert {path: reason for path, reason, _ in rows} == expected
    assert len(rows) == len(expected)
    assert all(detail and "function_node" not in detail for _, _, detail in rows)


def test_the_summary_counts_images_and_reasons(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    summary = accounting.read_summary(mixed.uri)
    assert summary == json.loads((Path(mixed.uri) / accounting.SUMMARY_FILE).read_text())
    # The metadata store says so, too, for `outpaint runs`.
    assert summary == json.loads(mixed.get_string_custom_property(features.SUMMARY_PROPERTY))
    assert summary["images"] == {split: len(paths) for split, paths in paths_of(mixed).items()}
    assert sum(summary["images"].values()) == GOOD
    reasons = Counter(reason for _, reason in _bad(make_jpeg).values())
    assert summary["rejected"] == {**reasons, "unreadable": 2}
    assert summary["ignored"] == {}


def test_what_each_file_holds_is_noted(mixed: standard_artifacts.Examples, tmp_path: Path) -> None:
    noted = json.loads((Path(mixed.uri) / features.SHARDS_FILE).read_text())
    files = sorted(str(file.relative_to(mixed.uri)) for file in Path(mixed.uri).glob("Split-*/*"))
    assert sorted(noted) == files
    for file, count in noted.items():
        assert len(list(tf.data.TFRecordDataset(f"{mixed.uri}/{file}"))) == count
    assert sum(noted.values()) == GOOD
    digests = json.loads((Path(mixed.uri) / features.DIGESTS_FILE).read_text())
    assert sorted(digests) == files
    for split in ("Split-train", "Split-eval"):  # where nothing is noted, they are read
        shutil.copytree(Path(mixed.uri) / split, tmp_path / split)
    read = tfrecords.digests([str(tmp_path / file) for file in files])
    assert dict(zip(files, read, strict=True)) == digests


def test_the_artifact_says_what_it_holds(mixed: standard_artifacts.Examples) -> None:
    assert artifact_utils.decode_split_names(mixed.split_names) == ["train", "eval"]
    assert mixed.get_string_custom_property("file_format") == "tfrecords_gzip"
    assert mixed.get_string_custom_property("payload_format") == "FORMAT_TF_EXAMPLE"


def test_shards_are_numbered_and_none_is_left_half_written(
    mixed: standard_artifacts.Examples,
) -> None:
    folders: dict[str, list[str]] = {}
    for name in record_files(mixed):
        folder, file = name.split("/")
        folders.setdefault(folder, []).append(file)
    assert set(folders) == {"Split-train", "Split-eval"}
    for files in folders.values():
        total = len(files)
        assert total > 1
        assert files == [f"data_tfrecord-{n:05d}-of-{total:05d}" for n in range(total)]


def test_the_same_images_give_the_same_files_wherever_they_lie(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    bad = [(name, content) for name, (content, _) in _bad(make_jpeg).items()]
    folder = fill(tmp_path / "elsewhere" / "photos", [*bad, *reversed(_good(make_jpeg).items())])
    (folder / "broken.tar").write_bytes(b"not an archive" * 100)
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    again = ingest([folder], tmp_path / "output", sizes=SEVERAL)
    assert record_files(again) == record_files(mixed)
    rows = [row[:2] for row in rejects_of(again)]  # the detail may name the place
    assert rows == [row[:2] for row in rejects_of(mixed)]
    assert accounting.read_summary(again.uri) == accounting.read_summary(mixed.uri)
