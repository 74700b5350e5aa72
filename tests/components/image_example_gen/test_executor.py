"""Runs the executor on real files, good and bad, and reads back what it wrote."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from apache_beam.metrics import MetricsFilter
from PIL import Image
from tfx.types import artifact_utils, standard_artifacts

from components.image_example_gen import accounting, images, writing
from components.image_example_gen.dealing import shards
from components.image_example_gen.discovery.entries import Entry
from models import features
from models.images import tfrecords
from pipeline.beam import WITHIN_PROCESS

LIMITS = images.Limits(
    working_size=64,
    min_side=32,
    max_side=65_500,
    max_pixels=1_000_000,
    max_bytes=100_000,
    max_memory=100_000_000,
)
MakeJpeg = Callable[..., bytes]
MakeTar = Callable[..., Path]
Ingest = Callable[..., standard_artifacts.Examples]
GOOD = 14
SEVERAL = shards.Sizes(1 << 20, 4, 1, 1 << 16)
ONE_EACH = shards.Sizes(1 << 20, 99, 1, 1)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _good(make_jpeg: MakeJpeg) -> dict[str, bytes]:
    photographs = {f"{'ab'[n % 2]}/{n}.jpg": make_jpeg(n) for n in range(GOOD - 2)}
    photographs["c/grey.png"] = _png(Image.new("L", (40, 50), 90))
    photographs["c/large.jpg"] = make_jpeg(99, 200, 100)
    return photographs


def _bad(make_jpeg: MakeJpeg) -> dict[str, tuple[bytes, str]]:
    """Unusable files and why."""
    eps = io.BytesIO()
    Image.new("RGB", (40, 40)).save(eps, "EPS")
    return {
        "empty.jpg": (b"", "empty"),
        "a/empty.png": (b"", "empty"),
        "garbage.jpg": (bytes(range(256)), "corrupt"),
        "page.jpg": (b"<html>Not Found</html>", "corrupt"),
        "drawing.png": (b"<svg/>", "corrupt"),
        "a/cut.jpg": (make_jpeg(1)[:-100], "corrupt"),
        "a/cut.png": (_png(Image.new("RGB", (40, 40)))[:-40], "corrupt"),
        "postscript.jpg": (eps.getvalue(), "corrupt"),
        "line, with comma.jpg": (b'"quoted"\n', "corrupt"),
        "small.jpg": (make_jpeg(2, 31, 40), "too_small"),
        "b/icon.png": (_png(Image.new("RGB", (16, 16))), "too_small"),
        "b/large.png": (_png(Image.new("1", (1001, 1000))), "too_large"),
        "long.jpg": (make_jpeg(3) + b"\0" * 100_000, "too_large"),
    }


def _fill(root: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    for name, content in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def _files(examples: standard_artifacts.Examples) -> dict[str, bytes]:
    """The record files, in order."""
    root = Path(examples.uri)
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("Split-*/*"))
    }


def _examples(examples: standard_artifacts.Examples, split: str) -> list[tf.train.Example]:
    folder = Path(artifact_utils.get_split_uri([examples], split))
    files = [str(path) for path in sorted(folder.iterdir())]
    records = tf.data.TFRecordDataset(files)
    return [tf.train.Example.FromString(record) for record in records.as_numpy_iterator()]


def _text(found: tf.train.Example, key: str) -> bytes:
    (value,) = found.features.feature[key].bytes_list.value
    return value


def _number(found: tf.train.Example, key: str) -> int:
    (value,) = found.features.feature[key].int64_list.value
    return value


def _paths(examples: standard_artifacts.Examples) -> dict[str, list[str]]:
    return {
        split: [os.fsdecode(_text(found, features.PATH)) for found in _examples(examples, split)]
        for split in artifact_utils.decode_split_names(examples.split_names)
    }


def _rejects(examples: standard_artifacts.Examples) -> list[list[str]]:
    with open(Path(examples.uri) / accounting.REJECTS_FILE, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["path", "reason", "detail"]
    return rows


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory, make_jpeg: MakeJpeg, ingest: Ingest
) -> standard_artifacts.Examples:
    """Good files among bad ones."""
    root = tmp_path_factory.mktemp("mixed")
    bad = [(name, content) for name, (content, _) in _bad(make_jpeg).items()]
    folder = _fill(root / "photos", [*_good(make_jpeg).items(), *bad])
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "broken.tar").write_bytes(b"not an archive" * 100)
    return ingest([folder], root / "output", sizes=SEVERAL)


def test_the_good_images_are_all_there_and_no_other(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    expected = {f"photos/{k}": images.normalise(v, LIMITS) for k, v in _good(make_jpeg).items()}
    found = {}
    for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT):
        for one in _examples(mixed, split):
            assert set(one.features.feature) == {
                features.IMAGE,
                features.WIDTH,
                features.HEIGHT,
                features.PATH,
                features.CATEGORY,
            }
            found[_text(one, features.PATH).decode()] = images.Photograph(
                _text(one, features.IMAGE),
                _number(one, features.WIDTH),
                _number(one, features.HEIGHT),
            )
            assert _text(one, features.CATEGORY) == b""
    assert found == expected
    assert found["photos/a/0.jpg"] == (make_jpeg(0), 48, 40)
    assert found["photos/c/large.jpg"][1:] == (200, 100)


def test_every_bad_file_is_listed_with_its_reason(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    expected = {f"photos/{name}": reason for name, (_, reason) in _bad(make_jpeg).items()}
    expected |= {"photos/dangling.jpg": "unreadable", "photos/broken.tar": "unreadable"}
    rows = _rejects(mixed)
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
    assert summary["images"] == {split: len(paths) for split, paths in _paths(mixed).items()}
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
    for name in _files(mixed):
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
    folder = _fill(tmp_path / "elsewhere" / "photos", [*bad, *reversed(_good(make_jpeg).items())])
    (folder / "broken.tar").write_bytes(b"not an archive" * 100)
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    again = ingest([folder], tmp_path / "output", sizes=SEVERAL)
    assert _files(again) == _files(mixed)
    rows = [row[:2] for row in _rejects(again)]  # the detail may name the place
    assert rows == [row[:2] for row in _rejects(mixed)]
    assert accounting.read_summary(again.uri) == accounting.read_summary(mixed.uri)


def test_archives_are_read_in_order_and_name_category_and_place(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    names = [f"train/beach/{number}.jpg" for number in (7, 3, 5, 1)]
    members = {name: make_jpeg(number) for number, name in enumerate(names)}
    archive = make_tar(
        tmp_path / "x.tar", {**members, "./val/lake/1.jpg": make_jpeg(9), "train/bad.jpg": b"bad"}
    )
    found = ingest([archive], tmp_path / "output", sizes=ONE_EACH)
    assert _paths(found) == {
        "train": [f"x.tar/{name}" for name in names],
        "eval": ["x.tar/val/lake/1.jpg"],
    }
    assert [_text(one, features.IMAGE) for one in _examples(found, "train")] == [*members.values()]
    assert {_text(one, features.CATEGORY) for one in _examples(found, "train")} == {b"beach"}
    assert {_text(one, features.CATEGORY) for one in _examples(found, "eval")} == {b"lake"}
    assert [row[:2] for row in _rejects(found)] == [["x.tar/train/bad.jpg", "corrupt"]]
    # All of the last shard was rejected: it is there, and empty.
    assert _files(found)["Split-train/data_tfrecord-00004-of-00005"] == b""


def test_names_in_an_archive_need_not_be_in_a_known_encoding(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"caf\xe9")
    members = {f"val/{odd}.jpg": make_jpeg(1), f"val/{odd}/bad.jpg": b"bad"}
    archive = make_tar(tmp_path / "x.tar", {**members, "train/写真.jpg": make_jpeg(2)})
    found = ingest([archive], tmp_path / "output")
    assert _paths(found) == {"train": ["x.tar/train/写真.jpg"], "eval": ["x.tar/val/caf\\xe9.jpg"]}
    assert [row[:2] for row in _rejects(found)] == [["x.tar/val/caf\\xe9/bad.jpg", "corrupt"]]


def test_limits_hold_for_each_split(make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path) -> None:
    folder = _fill(tmp_path / "photos", [(f"{n}.jpg", make_jpeg(n)) for n in range(20)])
    found = ingest([folder], tmp_path / "output", images={"train": 4, "eval": 2})
    assert accounting.read_summary(found.uri)["images"] == {"train": 4, "eval": 2}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([("notes.txt", b"")], r"no file ends in .*\.jpg.*\.zip; ignored \(1 \.txt\)"),
        ([("1.jpg", b""), ("2.jpg", b"?")], r"all 2 were rejected \(1 corrupt, 1 empty\)"),
    ],
)
def test_a_folder_without_a_usable_image_is_an_error_that_names_it(
    files: list[tuple[str, bytes]], why: str, ingest: Ingest, tmp_path: Path
) -> None:
    folder = _fill(tmp_path / "[my] photos", files)
    with pytest.raises(ValueError, match=re.escape(f"no usable image in {folder}: ") + why):
        ingest([folder], tmp_path / "output")


def test_a_single_image_is_too_few(make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path) -> None:
    folder = _fill(tmp_path / "photos", [("1.jpg", make_jpeg())])
    with pytest.raises(
        ValueError, match=f"too few images in {folder} to fill every split"
    ) as error:
        ingest([folder], tmp_path / "output")
    assert re.search(r"\((1 train, 0 eval|0 train, 1 eval)\)", str(error.value))


def test_accepted_and_rejected_images_are_counted_as_beam_metrics(
    make_jpeg: MakeJpeg, tmp_path: Path
) -> None:
    folder = _fill(
        tmp_path / "photos",
        [("1.jpg", make_jpeg()), ("2.jpg", make_jpeg()), ("3.jpg", b""), ("4.jpg", b"?")],
    )
    names = ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "gone.jpg"]
    entries = [Entry(str(folder), name, None, "train") for name in names]
    planned = writing.Planned(str(tmp_path / "planned"))
    for _ in range(2):  # the second time, shards that are there already count, too
        pipeline = beam.Pipeline(argv=[*WITHIN_PROCESS])
        _ = (
            pipeline
            | beam.Create(
                [
                    planned.add("readable", shards.Shard("train", 0, entries[:-1])),
                    planned.add("all", shards.Shard("train", 1, entries[-1:])),
                ]
            )
            | beam.ParDo(writing.WriteShard(str(tmp_path / "shards"), LIMITS))
        )
        result = pipeline.run()
        result.wait_until_finish()
        only = MetricsFilter().with_namespace(writing.METRICS_NAMESPACE)
        counters = result.metrics().query(only)["counters"]
        assert {c.key.metric.name: c.committed for c in counters} == {
            "accepted_train": 2,
            "rejected_corrupt": 1,
            "rejected_empty": 1,
            "rejected_unreadable": 1,
        }


# Every file is accounted for.


def test_what_is_no_photograph_is_counted_and_listed(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    good = [(f"{n}.jfif", make_jpeg(n)) for n in range(9)]
    others = ["a.mov", "b.MOV", "c.svg", "README", ".hidden.jpg", "categories_places365.txt"]
    folder = _fill(tmp_path / "photos", [*good, *((name, b"?") for name in others)])
    found = ingest([folder], tmp_path / "output")
    summary = accounting.read_summary(found.uri)
    assert sum(summary["images"].values()) == 9
    expected = {".mov": 2, ".svg": 1, "hidden": 1, "list": 1, "no suffix": 1}
    assert summary["ignored"] == expected
    with open(Path(found.uri) / accounting.IGNORED_FILE, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["path", "reason"]
    assert Counter(reason for _, reason in rows) == expected
    assert ["photos/b.MOV", ".mov"] in rows
    assert "6 ignored (2 .mov, 1 .svg, 1 hidden, 1 list, 1 no suffix)" in accounting.describe(
        summary, found.uri
    )


def test_bad_files_of_a_sample_are_replaced(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    good = [(f"train/{n}.jpg", make_jpeg(n)) for n in range(20)]
    bad = [(f"train/bad{n}.jpg", b"bad") for n in range(30)]
    few = [(f"val/{n}.jpg", make_jpeg(n) if n < 3 else b"") for n in range(6)]
    folder = _fill(tmp_path / "photos", [*good, *bad, *few])
    found = ingest([folder], tmp_path / "output", images={"train": 12, "eval": 5}, sizes=SEVERAL)
    summary = accounting.read_summary(found.uri)
    assert summary["images"] == {"train": 12, "eval": 3}
    rejected = sum(summary["rejected"].values())
    assert summary["rejected"]["empty"] == 3
    assert summary["ignored"] == {accounting.LIMIT: 56 - 15 - rejected}
    assert len(_paths(found)["train"]) == len(set(_paths(found)["train"])) == 12
    names = [name for name in _files(found) if name.startswith("Split-train")]
    assert names == [
        f"Split-train/data_tfrecord-{n:05d}-of-{len(names):05d}" for n in range(len(names))
    ]
    assert not (Path(found.uri) / "planned").exists()
    again = ingest([folder], tmp_path / "again", images={"train": 12, "eval": 5}, sizes=SEVERAL)
    assert _files(again) == _files(found)


def test_an_unreadable_file_is_told_though_only_a_sample_is_taken(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    folder = _fill(tmp_path / "photos", [(f"{n}.jpg", make_jpeg(n)) for n in range(20)])
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    found = ingest([folder], tmp_path / "output", images={"train": 2, "eval": 2})
    assert [row[:2] for row in _rejects(found)] == [["photos/gone.jpg", "unreadable"]]


def test_a_sparse_member_gives_its_own_picture_or_none(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    night = np.zeros((60, 400, 3), np.uint8)
    night[:3], night[-3:] = 200, (250, 20, 20)
    source = tmp_path / "source"
    _fill(source, [(f"b{n}.jpg", make_jpeg(n, 60, 60)) for n in range(9)])
    raw = io.BytesIO()
    Image.fromarray(night).save(raw, "TIFF")
    with open(source / "a.tif", "wb") as file:
        for start in range(0, len(raw.getvalue()), 4096):
            block = raw.getvalue()[start : start + 4096]
            if block.strip(b"\0"):
                file.seek(start)
                file.write(block)
        file.truncate(len(raw.getvalue()))
    command = ["tar", "--sparse", "--sort=name", "-cf", tmp_path / "x.tar", "-C", source, "."]
    subprocess.run(command, check=True)
    found = ingest([tmp_path / "x.tar"], tmp_path / "output")
    by_path = {
        _text(one, features.PATH): _text(one, features.IMAGE)
        for split in ("train", "eval")
        for one in _examples(found, split)
    }
    pixels = tf.io.decode_jpeg(by_path[b"x.tar/a.tif"]).numpy()
    np.testing.assert_allclose(pixels[-1, 200], (250, 20, 20), atol=6)
    np.testing.assert_allclose(pixels[30, 200], (0, 0, 0), atol=3)
    assert len(by_path) == 10
