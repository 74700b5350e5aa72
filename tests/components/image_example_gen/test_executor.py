"""Runs the executor on real files, good and bad, and reads back what it wrote."""

import csv
import gzip
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import apache_beam as beam
import pytest
import tensorflow as tf
from apache_beam.metrics import MetricsFilter
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from components.image_example_gen import executor, images, shards, sources
from models import features

MakeJpeg = Callable[..., bytes]
MakeTar = Callable[..., Path]
Ingest = Callable[..., standard_artifacts.Examples]
GOOD = 14


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
    """The record files, uncompressed, in order."""
    root = Path(examples.uri)
    return {
        str(path.relative_to(root)): gzip.decompress(path.read_bytes())
        for path in sorted(root.glob("Split-*/*"))
    }


def _examples(examples: standard_artifacts.Examples, split: str) -> list[tf.train.Example]:
    folder = Path(artifact_utils.get_split_uri([examples], split))
    files = [str(path) for path in sorted(folder.iterdir())]
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
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
    with open(Path(examples.uri) / executor.REJECTS_FILE, newline="") as file:
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
    return ingest([folder], root / "output", shard_images=4)


def test_the_good_images_are_all_there_and_no_other(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg
) -> None:
    limits = images.Limits(64, 32, 1_000_000, 100_000)
    expected = {f"photos/{k}": images.normalise(v, limits) for k, v in _good(make_jpeg).items()}
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
    summary = executor.read_summary(mixed.uri)
    assert summary == json.loads((Path(mixed.uri) / executor.SUMMARY_FILE).read_text())
    # The metadata store says so, too, for `outpaint runs`.
    assert summary == json.loads(mixed.get_string_custom_property(features.SUMMARY_PROPERTY))
    assert summary["images"] == {split: len(paths) for split, paths in _paths(mixed).items()}
    assert sum(summary["images"].values()) == GOOD
    reasons = Counter(reason for _, reason in _bad(make_jpeg).values())
    assert summary["rejected"] == {**reasons, "unreadable": 2}


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
        assert files == [f"data_tfrecord-{n:05d}-of-{total:05d}.gz" for n in range(total)]


def test_the_same_images_give_the_same_files_wherever_they_lie(
    mixed: standard_artifacts.Examples, make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    bad = [(name, content) for name, (content, _) in _bad(make_jpeg).items()]
    folder = _fill(tmp_path / "elsewhere" / "photos", [*bad, *reversed(_good(make_jpeg).items())])
    (folder / "broken.tar").write_bytes(b"not an archive" * 100)
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    again = ingest([folder], tmp_path / "output", shard_images=4)
    assert _files(again) == _files(mixed)
    rows = [row[:2] for row in _rejects(again)]  # the detail may name the place
    assert rows == [row[:2] for row in _rejects(mixed)]
    assert executor.read_summary(again.uri) == executor.read_summary(mixed.uri)


def test_archives_are_read_in_order_and_name_category_and_place(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    names = [f"train/beach/{number}.jpg" for number in (7, 3, 5, 1)]
    members = {name: make_jpeg(number) for number, name in enumerate(names)}
    archive = make_tar(
        tmp_path / "x.tar", {**members, "./val/lake/1.jpg": make_jpeg(9), "train/bad.jpg": b"bad"}
    )
    found = ingest([archive], tmp_path / "output", shard_images=4)
    assert _paths(found) == {
        "train": [f"x.tar/{name}" for name in names],
        "eval": ["x.tar/val/lake/1.jpg"],
    }
    assert [_text(one, features.IMAGE) for one in _examples(found, "train")] == [*members.values()]
    assert {_text(one, features.CATEGORY) for one in _examples(found, "train")} == {b"beach"}
    assert {_text(one, features.CATEGORY) for one in _examples(found, "eval")} == {b"lake"}
    assert [row[:2] for row in _rejects(found)] == [["x.tar/train/bad.jpg", "corrupt"]]
    # All of the second shard was rejected: it is there, and empty.
    assert _files(found)["Split-train/data_tfrecord-00001-of-00002.gz"] == b""


def test_names_in_an_archive_need_not_be_in_a_known_encoding(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"caf\xe9")
    members = {f"val/{odd}.jpg": make_jpeg(1), f"val/{odd}/bad.jpg": b"bad"}
    archive = make_tar(tmp_path / "x.tar", {**members, "train/写真.jpg": make_jpeg(2)})
    found = ingest([archive], tmp_path / "output")
    assert _paths(found) == {"train": ["x.tar/train/写真.jpg"], "eval": ["x.tar/val/caf?.jpg"]}
    assert [row[:2] for row in _rejects(found)] == [["x.tar/val/caf?/bad.jpg", "corrupt"]]


def test_limits_hold_for_each_split(make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path) -> None:
    folder = _fill(tmp_path / "photos", [(f"{n}.jpg", make_jpeg(n)) for n in range(20)])
    found = ingest([folder], tmp_path / "output", limits={"train": 4, "eval": 2})
    assert executor.read_summary(found.uri)["images"] == {"train": 4, "eval": 2}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([("notes.txt", b"")], r"no file ends in .*\.jpg.* or \.tar"),
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
    entries = [sources.Entry(str(folder / n), None, None, n, "train", "") for n in names]
    options = executor.Options(64, 32, 10**6, 10**5, 9, {"train": None}, "")
    pipeline = beam.Pipeline()
    _ = (
        pipeline
        | beam.Create([shards.Shard("train", 0, 1, entries)])
        | beam.ParDo(executor.WriteShard({"train": str(tmp_path)}, options))
    )
    result = pipeline.run()
    result.wait_until_finish()
    only = MetricsFilter().with_namespace(executor.METRICS_NAMESPACE)
    counters = {c.key.metric.name: c.committed for c in result.metrics().query(only)["counters"]}
    assert counters == {
        "accepted_train": 2,
        "rejected_corrupt": 1,
        "rejected_empty": 1,
        "rejected_unreadable": 1,
    }


@settings(deadline=None, max_examples=30)
@given(
    st.builds(
        executor.Options,
        *[st.integers(1, 2**50)] * 5,
        limits=st.fixed_dictionaries(
            {"train": st.none() | st.integers(1, 2**50), "eval": st.none() | st.integers(1, 2**50)}
        ),
        code=st.text(),
    )
)
def test_options_survive_being_packed(options: executor.Options) -> None:
    packed = proto_utils.proto_to_json(options.pack())
    assert executor.Options.unpack(packed) == options
