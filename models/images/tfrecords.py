"""Reads examples back: from TFRecords and the transform graph to pictures."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import tensorflow as tf

from models import features
from models.images.digests import Digest

Told = TypeVar("Told", int, str)

# From raw features to transformed ones.
Transform = Callable[[Mapping[str, tf.Tensor]], Mapping[str, tf.Tensor]]


def load_transform(transform_graph: str) -> Transform:
    """Loads what Transform wrote. It takes seconds: load it once.

    Args:
        transform_graph: The output of Transform.

    Returns:
        A Keras layer from raw to transformed features.
    """
    import tensorflow_transform as tft  # which takes seconds, and nothing else here needs

    return tft.TFTransformOutput(transform_graph).transform_features_layer()


def records(files: Sequence[str] | tf.Tensor) -> tf.data.Dataset:
    """Reads TFRecord files, one after another.

    Whether a file is gzipped is told by its name, as Beam and TFX tell it. ImageExampleGen's are
    not: of a JPEG, little more than its tables gets smaller.

    Args:
        files: Their names; a tensor of one or several within a graph.

    Returns:
        The records, strings.
    """
    names = tf.reshape(tf.convert_to_tensor(files, tf.string), [-1])
    return tf.data.Dataset.from_tensor_slices(names).flat_map(_records)


def _records(file: tf.Tensor) -> tf.data.Dataset:
    gzipped = tf.strings.regex_full_match(file, r"(?s).*\.gz")
    return tf.data.TFRecordDataset(file, compression_type=tf.where(gzipped, "GZIP", ""))


def pictures(patterns: Sequence[str], transform: Transform, count: int) -> tf.Tensor:
    """Decodes the first few pictures of a split.

    Args:
        patterns: TFRecord files of tf.Examples; globs.
        transform: The transform graph, as `load_transform` gives it.
        count: How many at most.

    Returns:
        float32 [n, 128, 128, 3] in 0-1, n at most `count`.
    """
    first = list(records(matching(patterns)).take(count))
    return decode(tf.stack(first), transform, features.TARGET)


def count(patterns: Sequence[str]) -> int:
    """Counts the examples in TFRecord files.

    Args:
        patterns: TFRecord files; globs.

    Returns:
        How many records they hold.
    """
    return sum(counts(matching(patterns)))


def counts(files: Sequence[str]) -> list[int]:
    """Counts the examples in each of TFRecord files.

    Args:
        files: TFRecord files.

    Returns:
        As ImageExampleGen noted it, beside the splits; of files that it did not write, as read.
    """
    return _noted_or_read(files, features.SHARDS_FILE, _count_read)


def digests(files: Sequence[str]) -> list[str]:
    """Tells the content of each of TFRecord files.

    Args:
        files: TFRecord files.

    Returns:
        `Digest.digits` of their records: noted by ImageExampleGen, or as read, as for `counts`.
    """
    return _noted_or_read(files, features.DIGESTS_FILE, _digest_read)


def _noted_or_read(files: Sequence[str], notes: str, read: Callable[[str], Told]) -> list[Told]:
    noted: dict[str, dict[str, Told]] = {}
    found = []
    for file in files:
        split, name = os.path.split(file)
        root, split = os.path.split(split)
        if root not in noted:
            noted[root] = _noted(os.path.join(root, notes))
        told = noted[root].get(f"{split}/{name}")
        found.append(read(file) if told is None else told)
    return found


def _noted(path: str) -> dict[str, Any]:
    if not tf.io.gfile.exists(path):
        return {}
    with tf.io.gfile.GFile(path) as file:
        noted: dict[str, Any] = json.load(file)
    return noted


def _digest_read(file: str) -> str:
    digest = Digest()
    for record in records([file]).as_numpy_iterator():
        digest.add(record)
    return digest.digits()


def _count_read(file: str) -> int:
    return int(records([file]).reduce(tf.constant(0, tf.int64), lambda total, _: total + 1))


def decode(serialized: tf.Tensor, transform: Transform, key: str) -> tf.Tensor:
    """Decodes a batch.

    Args:
        serialized: string [batch], serialized tf.Examples.
        transform: The transform graph, as `load_transform` gives it.
        key: One of the features after Transform.

    Returns:
        float32 [batch, size, size, 3] in 0-1, of the key's size.
    """
    return transform(parse(serialized))[key]


def parse(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Takes examples apart, as ImageExampleGen writes them.

    Args:
        serialized: string [batch], serialized tf.Examples.

    Returns:
        What a transform graph takes: the image's bytes, string [batch, 1].
    """
    return tf.io.parse_example(serialized, {features.IMAGE: tf.io.FixedLenFeature([1], tf.string)})


def matching(patterns: Sequence[str]) -> list[str]:
    """Finds files.

    Args:
        patterns: Globs, local or remote.

    Returns:
        Their names, sorted, so that the order of a folder's listing does not show in the order of
        images.
    """
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))
