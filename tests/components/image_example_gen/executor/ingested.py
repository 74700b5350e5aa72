"""What the executor wrote, read back."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.image_example_gen import accounting
from components.image_example_gen.dealing import shards
from models import features

SEVERAL = shards.Sizes(1 << 20, 4, 1, 1 << 16)


def fill(root: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    for name, content in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def record_files(examples: standard_artifacts.Examples) -> dict[str, bytes]:
    """The record files, in order."""
    root = Path(examples.uri)
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("Split-*/*"))
    }


def examples_of(examples: standard_artifacts.Examples, split: str) -> list[tf.train.Example]:
    folder = Path(artifact_utils.get_split_uri([examples], split))
    files = [str(path) for path in sorted(folder.iterdir())]
    records = tf.data.TFRecordDataset(files)
    return [tf.train.Example.FromString(record) for record in records.as_numpy_iterator()]


def text(found: tf.train.Example, key: str) -> bytes:
    (value,) = found.features.feature[key].bytes_list.value
    return value


def number(found: tf.train.Example, key: str) -> int:
    (value,) = found.features.feature[key].int64_list.value
    return value


def paths_of(examples: standard_artifacts.Examples) -> dict[str, list[str]]:
    return {
        split: [os.fsdecode(text(found, features.PATH)) for found in examples_of(examples, split)]
        for split in artifact_utils.decode_split_names(examples.split_names)
    }


def rejects_of(examples: standard_artifacts.Examples) -> list[list[str]]:
    with open(Path(examples.uri) / accounting.REJECTS_FILE, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["path", "reason", "detail"]
    return rows
