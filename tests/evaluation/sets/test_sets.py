"""Two sets are held beside each other: what differs is named, what does not is not."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner, Result
from PIL import Image, ImageEnhance

from cli.main import main
from evaluation.sets import drift, samples
from models import features
from models.quality import looks
from tests.pictures import encoded

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
FILES = sorted(SAMPLE.rglob("*.jpg"))
Change = Callable[[Image.Image], Image.Image]


def _example(file: Path, change: Change, category: str) -> bytes:
    with Image.open(file) as image:
        changed = change(image.convert("RGB"))
    example = tf.train.Example()
    feature = example.features.feature
    feature[features.IMAGE].bytes_list.value.append(encoded(changed, "JPEG"))
    feature[features.WIDTH].int64_list.value.append(changed.width)
    feature[features.HEIGHT].int64_list.value.append(changed.height)
    feature[features.PATH].bytes_list.value.append(file.name.encode())
    feature[features.CATEGORY].bytes_list.value.append(category.encode())
    return example.SerializeToString()


def _write(folder: Path, files: Iterable[Path], change: Change, category: str = "") -> None:
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "data_tfrecord-00000-of-00001")) as writer:
        for file in files:
            writer.write(_example(file, change, category or file.parent.name))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Examples as they are; others, and darker; and a run that holds the former twice."""
    root = tmp_path_factory.mktemp("sets")
    for name, files, change in (
        ("day", FILES[::2], lambda image: image),
        ("night", FILES[1::2], lambda image: ImageEnhance.Brightness(image).enhance(0.3)),
        ("run/pipeline/ImageExampleGen/examples/9", FILES[1:9], lambda image: image),
        ("run/pipeline/ImageExampleGen/examples/10", FILES[::2], lambda image: image),
    ):
        _write(root / name / "Split-train", files, change)
        _write(root / name / "Split-eval", files[:30], change)
    return root


def _compare(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", "compare", *map(str, arguments)])


def test_what_differs_is_named(sets: Path, tmp_path: Path) -> None:
    result = _compare(sets / "day", sets / "night", "--output", tmp_path, "--threshold", "0.2")
    assert result.exit_code == 1, result.output
    assert re.search(r"^brightness +drift +0\.[2-9]\d+ .*above 0\.2$", result.output, re.MULTILINE)
    assert not re.search(r"^category .*above", result.output, re.MULTILINE)
    page = (tmp_path / "compare.html").read_text()
    assert page.count('<tr class="large">') == result.output.count("above 0.2")
    assert page.count("data:image/svg+xml;base64,") == len(samples.NUMBERS) + 1
    assert page.count("data:image/jpeg;base64,") == 2
    assert "None among the images looked at" in page


def test_a_set_does_not_differ_from_itself(sets: Path, tmp_path: Path) -> None:
    result = _compare(sets / "day", sets / "run", "--output", tmp_path, "--json")
    told = json.loads(result.stdout)
    drifts = {d["feature"]: d["value"] for d in told["differences"] if d["kind"] == "drift"}
    assert drifts == pytest.approx(dict.fromkeys((*samples.NUMBERS, features.CATEGORY), 0))
    names = [file.name for file in FILES[::2]]
    assert told["near_duplicates"] == [[name, name] for name in names]
    assert "side by side" in (tmp_path / "compare.html").read_text()


def test_a_sample_lies_evenly_over_the_split(sets: Path) -> None:
    found = samples.read(sets / "day", "train", 10)
    assert found.images == len(FILES[::2])
    assert found.table[features.PATH].tolist() == [
        file.name for number, file in enumerate(FILES[::2]) if number * 10 % found.images < 10
    ]
    assert len(found.thumbnails) == 10


def test_skew_is_within_the_second_set(sets: Path, tmp_path: Path) -> None:
    day, night = (samples.read(sets / name, "train", 1000).table for name in ("day", "night"))
    found = drift.compare(day, day, night, 0.2)
    large = {(each.feature, each.kind) for each in found if each.large}
    assert (looks.BRIGHTNESS, "skew") in large
    assert {kind for _, kind in large} == {"skew"}
    assert [each.value for each in found] == sorted((each.value for each in found), reverse=True)


def test_another_share_of_a_category_is_told(sets: Path) -> None:
    day = samples.read(sets / "day", "train", 1000).table
    one = day.assign(**{features.CATEGORY: "beach"})
    share = (day[features.CATEGORY] == "beach").mean()
    found = {(each.feature, each.kind): each for each in drift.compare(day, one, one, 0.2)}
    told = found[features.CATEGORY, "drift"]
    assert told.value == pytest.approx(1 - share)
    assert told.measure == "largest change of a share"


def test_what_is_no_set_is_refused_by_name(sets: Path, tmp_path: Path) -> None:
    result = _compare(sets / "day", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}: no ingested photographs" in result.output
