"""Raw examples and the transform graph to batches for training, streaming."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf
import tensorflow_transform as tft

from models import features, masking

_RAW_SPEC = {features.IMAGE: tf.io.FixedLenFeature([1], tf.string)}
_BATCHES_AHEAD = 4
_OPEN_SHARDS = 16  # read side by side, so that neighbours in an archive do not share a batch


class Options(NamedTuple):
    """How a training set is read."""

    batch_size: int
    shuffle_images: int
    flip: bool
    seed: int


def training_batches(
    patterns: Sequence[str],
    transform_graph: str,
    border: masking.Border,
    options: Options,
) -> tf.data.Dataset:
    """Reads, shuffles, decodes and augments examples, once through.

    Images travel as JPEG bytes until after the shuffle. Those that do not fill a last batch are
    left out of an epoch, but others of them in each.

    Args:
        patterns: TFRecord files of tf.Examples, gzipped; globs.
        transform_graph: The output of Transform.
        border: Pixels hidden on each side.
        options: Batch size and the like.

    Returns:
        Batches ({"masked", "mask"}, target) for `GAN.fit`: float32
        [batch, 128, 128, 3], [batch, 128, 128, 1] and [batch, 128, 128, 3].

    Raises:
        ValueError: If the images do not fill one batch.
    """
    files = _matching(patterns)
    images = count(files)
    steps = images // options.batch_size
    if not steps:
        raise ValueError(
            f"{images} training images do not fill one batch of {options.batch_size}: lower "
            "training.batch_size or give more images"
        )
    layer = tft.TFTransformOutput(transform_graph).transform_features_layer()
    mask = tf.constant(masking.border_mask(border))

    def decode(serialized: tf.Tensor) -> tf.Tensor:
        return layer(tf.io.parse_example(serialized, _RAW_SPEC))[features.TARGET]

    def augment(targets: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not options.flip:
            return targets
        flips = tf.random.stateless_uniform([options.batch_size, 1, 1, 1], seed) < 0.5
        return tf.where(flips, targets[:, :, ::-1], targets)

    def with_mask(targets: tf.Tensor) -> tuple[Mapping[str, tf.Tensor], tf.Tensor]:
        masks = tf.broadcast_to(mask, [options.batch_size, *mask.shape])
        # Masked anew, for a mirrored picture does not have its neighbour's hole.
        masked = masking.hide(targets, masks)
        return {features.MASKED: masked, features.MASK: masks}, targets

    shards = tf.data.Dataset.from_tensor_slices(files)
    shards = shards.shuffle(len(files), seed=options.seed)
    records = shards.interleave(
        lambda file: tf.data.TFRecordDataset(file, compression_type="GZIP"),
        cycle_length=_OPEN_SHARDS,
    )
    seeds = tf.data.Dataset.random(options.seed, rerandomize_each_iteration=True).batch(2)
    batches = (
        records.shuffle(options.shuffle_images, seed=options.seed)
        .batch(options.batch_size, drop_remainder=True)
        .map(decode, num_parallel_calls=os.cpu_count())
    )
    return (
        tf.data.Dataset.zip(batches, seeds)
        .map(lambda targets, seed: with_mask(augment(targets, seed)))
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(_BATCHES_AHEAD)
        .with_options(_without_autotune())
    )


def pictures(patterns: Sequence[str], transform_graph: str, count: int) -> tf.Tensor:
    """Decodes the first few pictures of a split.

    Args:
        patterns: TFRecord files of tf.Examples, gzipped; globs.
        transform_graph: The output of Transform.
        count: How many at most.

    Returns:
        float32 [n, 128, 128, 3] in 0-1, n at most `count`.
    """
    layer = tft.TFTransformOutput(transform_graph).transform_features_layer()
    records = tf.data.TFRecordDataset(_matching(patterns), compression_type="GZIP").take(count)
    serialized = tf.stack(list(records))
    return layer(tf.io.parse_example(serialized, _RAW_SPEC))[features.TARGET]


def count(patterns: Sequence[str]) -> int:
    """Counts the examples in TFRecord files.

    Args:
        patterns: TFRecord files, gzipped; globs.

    Returns:
        How many records they hold.
    """
    records = tf.data.TFRecordDataset(_matching(patterns), compression_type="GZIP")
    return int(records.reduce(tf.constant(0, tf.int64), lambda total, _: total + 1))


def _without_autotune() -> tf.data.Options:
    # Seen in TF 2.16: after a phase, letting go of the iterator now and then took 45 s, idle.
    # The tuning thread is suspected, not proved.
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _matching(patterns: Sequence[str]) -> list[str]:
    """Sorted, so that the order of a folder's listing does not show in the order of images."""
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))
