"""Reads the pictures of an evaluation, by the same code that ingests and decodes for training."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from components.image_example_gen import images, reading
from components.image_example_gen.dealing import sampling, shards
from components.image_example_gen.discovery import find, listing
from components.image_example_gen.discovery.entries import Entry, Failed
from models import features
from models.images import preprocessing, tfrecords

_BATCH = 32
_ALL = "all"  # one split


class Pictures(NamedTuple):
    """What a model is measured on."""

    canvases: np.ndarray  # float32 [n, 128, 128, 3] in 0-1
    paths: list[str]
    categories: list[str]  # empty where unknown
    rejected: dict[str, str]  # path -> why


def load(data: Sequence[str], limit: int, limits: images.Limits) -> Pictures:
    """Reads pictures.

    Args:
        data: Folders or `.tar` archives.
        limit: Greatest number; where there are more, a stable subset is taken.
        limits: Sizes to keep, as in ingestion.

    Returns:
        The pictures, in a stable order; bad files are listed apart.

    Raises:
        ValueError: If there is no usable picture.
    """
    rejected: dict[str, str] = {}
    batches, paths, categories = [], [], []
    for group in _batched(_photographs(data, limit, limits, rejected)):
        files = tf.constant([photograph.jpeg for _, photograph in group])
        batches.append(preprocessing.decode_images(files).numpy())
        paths += [entry.path for entry, _ in group]
        categories += [entry.category for entry, _ in group]
    if not batches:
        raise ValueError(f"no usable image in {', '.join(data)}; {len(rejected)} rejected")
    return Pictures(np.concatenate(batches), paths, categories, rejected)


def load_examples(files: Sequence[str], limit: int) -> Pictures:
    """Reads pictures that were ingested.

    Args:
        files: TFRecords of tf.Examples.
        limit: Greatest number; where there are more, as many that lie evenly over all.

    Returns:
        The pictures, in their order.

    Raises:
        ValueError: If there is none.
    """
    total = tfrecords.count(files)
    spec = {
        key: tf.io.FixedLenFeature([], tf.string)
        for key in (features.IMAGE, features.PATH, features.CATEGORY)
    }
    batches, paths, categories = [], [], []
    records = (
        tfrecords.records(sorted(files))
        .enumerate()
        .filter(lambda number, record: number * limit % max(total, limit) < limit)
        .map(lambda number, record: record)
        .batch(_BATCH)
    )
    for batch in records:
        parsed = tf.io.parse_example(batch, spec)
        batches.append(preprocessing.decode_images(parsed[features.IMAGE]).numpy())
        paths += [path.decode(errors="replace") for path in parsed[features.PATH].numpy()]
        categories += [category.decode() for category in parsed[features.CATEGORY].numpy()]
    if not batches:
        raise ValueError(f"no examples in {', '.join(files) or 'no files'}")
    return Pictures(np.concatenate(batches), paths, categories, {})


def _photographs(
    data: Sequence[str], limit: int, limits: images.Limits, rejected: dict[str, str]
) -> Iterator[tuple[Entry, images.Photograph]]:
    entries = []
    for found in find.find(list(listing.list_files(data))):
        if isinstance(found, Entry):
            entries.append(found._replace(split=_ALL))
        elif isinstance(found, Failed):
            rejected[found.path] = found.detail
    sample = sampling.Sample(entries, {_ALL: limit})
    while sample.wanted[_ALL]:
        taken = sample.take()[_ALL]
        for entry, content in reading.read(shards.ordered(taken), limits.max_bytes):
            try:
                if isinstance(content, images.Rejected):
                    raise content
                yield entry, images.normalise(content, limits)
            except images.Rejected as error:
                rejected[entry.path] = str(error)
                sample.replace(_ALL, 1)


def _batched(items: Iterator) -> Iterator[list]:
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
