"""What is evaluated on is not learnt from, whichever copy of it."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
import tensorflow as tf
from PIL import Image
from tfx.types import standard_artifacts

from components.image_example_gen import accounting
from components.image_example_gen.dealing.shards import Sizes
from components.image_example_gen.leaks import LEAKS_FILE
from models import features
from models.images import tfrecords
from tests.components.conftest import Ingest

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
SEVERAL = {"working_size": 256, "max_bytes": 10**7, "sizes": Sizes(1 << 20, 4, 1, 1 << 16)}


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Twelve to learn from and five to evaluate, three of which are among the former, too."""
    folder = tmp_path / "photos"
    files = sorted((SAMPLE / "train").rglob("*.jpg"))
    for number, file in enumerate(files[:12]):
        target = folder / "train" / "a" / f"{number:02}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (folder / "val" / "a").mkdir(parents=True)
    for number in (3, 7, 11):
        with Image.open(files[number]) as image:
            image.reduce(2).save(folder / "val" / "a" / f"copy{number}.png")
    for number, file in enumerate(files[12:14]):
        shutil.copy(file, folder / "val" / "a" / f"other{number}.jpg")
    return folder


def _paths(examples: standard_artifacts.Examples, split: str) -> list[str]:
    files = sorted(map(str, Path(examples.uri).glob(f"Split-{split}/*")))
    return [
        tf.train.Example.FromString(record.numpy())
        .features.feature[features.PATH]
        .bytes_list.value[0]
        .decode()
        for record in tf.data.TFRecordDataset(files)
    ]


def test_copies_of_what_is_evaluated_are_left_out_and_listed(
    photographs: Path, ingest: Ingest, tmp_path: Path
) -> None:
    work = str(tmp_path / "work")
    given = {**SEVERAL, "work": work}
    found = ingest([photographs], tmp_path / "1", **given, near_duplicates="drop")
    train = _paths(found, "train")
    left = [f"photos/train/a/{n:02}.jpg" for n in range(12) if n not in (3, 7, 11)]
    assert sorted(train) == left
    assert len(_paths(found, "eval")) == 5
    text = (Path(found.uri) / LEAKS_FILE).read_text()
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["path", "like"]
    assert sorted(rows) == [
        [f"photos/train/a/{n:02}.jpg", f"photos/val/a/copy{n}.png"] for n in (3, 7, 11)
    ]
    summary = accounting.read_summary(found.uri)
    assert summary["images"] == {"train": 9, "eval": 5}
    assert summary["ignored"] == {"near duplicate": 3}
    with open(Path(found.uri) / accounting.IGNORED_FILE, newline="") as file:
        assert len(list(csv.reader(file))) == 4
    noted = json.loads((Path(found.uri) / features.SHARDS_FILE).read_text())
    assert sum(noted.values()) == 14
    for name, count in noted.items():
        assert len(list(tf.data.TFRecordDataset(f"{found.uri}/{name}"))) == count
    digests = json.loads((Path(found.uri) / features.DIGESTS_FILE).read_text())
    copy = shutil.copytree(found.uri, tmp_path / "read", ignore=lambda *_: [features.DIGESTS_FILE])
    assert tfrecords.digests([f"{copy}/{name}" for name in digests]) == list(digests.values())

    # What is kept for the next run is whole.
    everything = ingest([photographs], tmp_path / "2", **given, near_duplicates="keep")
    assert len(_paths(everything, "train")) == 12
    assert not (Path(everything.uri) / LEAKS_FILE).exists()
    again = ingest([photographs], tmp_path / "3", **given, near_duplicates="drop")
    assert _paths(again, "train") == train


def test_an_image_that_is_like_several_counts_once(
    photographs: Path, ingest: Ingest, tmp_path: Path
) -> None:
    shutil.copy(photographs / "train" / "a" / "03.jpg", photographs / "val" / "a" / "again.jpg")
    found = ingest([photographs], tmp_path / "1", **SEVERAL, near_duplicates="drop")
    assert accounting.read_summary(found.uri)["ignored"] == {"near duplicate": 3}
    assert len((Path(found.uri) / LEAKS_FILE).read_text().splitlines()) == 5
