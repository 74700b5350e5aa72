"""What is looked at of an ingested set: a sample of its images, as figures and thumbnails."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import tensorflow as tf

from models import features
from models.images import tfrecords
from models.quality import looks

BYTES = "bytes"
NUMBERS = (features.WIDTH, features.HEIGHT, BYTES, *looks.NAMES)
_EXAMPLES = "pipeline/ImageExampleGen/examples"  # below the output folder of a run
_BATCH = 256
_SPEC = {
    **{k: tf.io.FixedLenFeature([], tf.string) for k in (features.IMAGE, features.PATH)},
    features.CATEGORY: tf.io.FixedLenFeature([], tf.string, ""),
    **{k: tf.io.FixedLenFeature([], tf.int64) for k in (features.WIDTH, features.HEIGHT)},
}


class Sample(NamedTuple):
    """Images of a split."""

    table: pd.DataFrame  # a row an image: NUMBERS, path and category
    thumbnails: np.ndarray  # uint8 [n, 16, 16, 3]
    images: int  # in the whole split


def find_examples(folder: Path) -> Path:
    """Finds the examples of a run.

    Args:
        folder: The output folder of a run, or examples themselves.

    Returns:
        The folder of the last examples that were ingested.

    Raises:
        ValueError: If there are none.
    """
    runs = [run for run in (folder / _EXAMPLES).glob("[0-9]*") if run.name.isdigit()]
    found = max(runs, key=lambda run: int(run.name), default=folder)
    for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT):
        if not any((found / f"Split-{split}").glob("*")):
            raise ValueError(
                f"{folder}: no ingested photographs; name the output folder of a run, or a folder "
                f"of examples (it has Split-{split})"
            )
    return found


def read(examples: Path, split: str, limit: int) -> Sample:
    """Reads a sample that lies evenly over a split.

    Args:
        examples: As `find_examples` gives it.
        split: One of its splits.
        limit: At most so many images.

    Returns:
        The sample.
    """
    files = sorted(str(file) for file in (examples / f"Split-{split}").iterdir())
    total = sum(tfrecords.counts(files))
    batches = (
        tfrecords.records(files)
        .enumerate()
        .filter(lambda number, _: number * limit % max(total, limit) < limit)
        .map(lambda _, record: _parsed(record), num_parallel_calls=tf.data.AUTOTUNE)
        .batch(_BATCH)
    )
    found = list(batches.as_numpy_iterator())
    if not found:
        return Sample(
            pd.DataFrame(columns=[*NUMBERS, features.PATH, features.CATEGORY]), _none(), 0
        )
    columns = {key: np.concatenate([batch[key] for batch in found]) for key in found[0]}
    thumbnails = columns.pop(features.IMAGE).round().astype(np.uint8)
    for key in (features.PATH, features.CATEGORY):
        columns[key] = np.array([text.decode(errors="replace") for text in columns[key]], object)
    return Sample(pd.DataFrame(columns | looks.looks(thumbnails)), thumbnails, total)


def pictures(examples: Path, split: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Reads images by their paths.

    Args:
        examples: As `find_examples` gives it.
        split: One of its splits.
        paths: As examples hold them.

    Returns:
        JPEGs by path.
    """
    wanted, found = set(paths), {}
    files = sorted(str(file) for file in (examples / f"Split-{split}").iterdir())
    for record in tfrecords.records(files).as_numpy_iterator():
        feature = tf.train.Example.FromString(record).features.feature
        path = feature[features.PATH].bytes_list.value[0].decode(errors="replace")
        if path in wanted:
            found[path] = feature[features.IMAGE].bytes_list.value[0]
        if len(found) == len(wanted):
            break
    return found


def _parsed(record: tf.Tensor) -> dict[str, tf.Tensor]:
    """An example, its image decoded at an eighth of its size: enough for what is measured."""
    parsed = tf.io.parse_single_example(record, _SPEC)
    data = parsed[features.IMAGE]
    small = tf.io.decode_jpeg(data, channels=3, ratio=8)
    side = looks.SIDE
    parsed[features.IMAGE] = tf.image.resize(small, (side, side), method="area")
    return parsed | {BYTES: tf.strings.length(data)}


def _none() -> np.ndarray:
    return np.zeros((0, looks.SIDE, looks.SIDE, 3), np.uint8)
