"""From examples to batches for training, streaming."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models import features
from models.images import augmentation, masking, tfrecords
from models.training.checkpoints import Position
from models.training.machines.cluster import Worker

_BATCHES_AHEAD = 4
_OPEN_SHARDS = 16  # read side by side, so that neighbours in an archive do not share a batch
_DECODED_TOGETHER = 32
_MAX_HELD_OUT = 5  # at most one picture in so many is held out


class Options(NamedTuple):
    """How a training set is read."""

    batch_size: int
    shuffle_images: int  # drawn from, where the pictures do not fit the cache
    flip: bool
    crop: bool
    held_out_images: int
    cache_bytes: int
    seed: int
    random_masks: bool = False
    max_steps: int = 0  # an epoch; 0 for all
    worker: Worker = Worker()  # of several machines, this one: it reads its own files


class TrainingFeed:
    """Batches for training, in an order that depends on seed, salt and epoch alone.

    Pictures that fit the cache are decoded once. Others travel as JPEG bytes until after the
    shuffle, and are decoded in parallel in every epoch; then memory does not grow with their
    number. Those that do not fill a last batch are left out of an epoch, but others in each.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        transform: tfrecords.Transform,
        border: tuple[int, int, int, int],
        options: Options,
    ):
        """Counts the pictures and plans what is held out.

        Args:
            patterns: TFRecord files of tf.Examples; globs.
            transform: The transform graph, as `tfrecords.load_transform` gives it.
            border: Pixels hidden left, right, top and bottom.
            options: Batch size and the like.

        Raises:
            ValueError: If the pictures do not fill one batch, or cannot be shared out.
        """
        self._options = options
        self._transform = transform
        self._border = masking.Border(*border)
        self._mask = tf.constant(masking.border_mask(self._border))
        self._files = tfrecords.matching(patterns)
        counts = tfrecords.counts(self._files)
        self._starts = np.cumsum([0, *counts])[:-1]
        images = sum(counts)
        self._images = images
        self._held_out = min(options.held_out_images, images // _MAX_HELD_OUT)
        worker = options.worker
        _check_shares(options, len(self._files))
        self._batch_size = options.batch_size // worker.count
        learnt = np.subtract(counts, self._held_out_of(counts))
        shares = [int(sum(learnt[index :: worker.count])) for index in range(worker.count)]
        self._learnt = shares[worker.index]
        steps = min(shares) // self._batch_size  # the same on each machine
        self.steps = min(steps, options.max_steps or steps)
        if not steps:
            share = f", the least of {worker.count} machines' shares," * (worker.count > 1)
            raise ValueError(
                f"{min(shares)} training images{share} do not fill one batch of "
                f"{self._batch_size}: lower training.batch_size or give more images"
            )
        self._side = features.SCENE_SIZE if options.crop else features.IMAGE_SIZE
        self._cached = self._fill_cache() if self._fits() else None
        self.held_out = self._held_out_batches() if self._held_out else None

    def batches(self, salt: int, first: Position, epochs: int) -> tf.data.Dataset:
        """Reads from a position to the end of the epochs.

        Args:
            salt: Another one gives another order and other augmentation.
            first: Epochs and steps to leave out.
            epochs: The end, counted from the very first.

        Returns:
            Batches ({"masked", "mask"}, target) for `GAN.fit`: float32
            [batch, 128, 128, 3], [batch, 128, 128, 1] and [batch, 128, 128, 3].
        """
        size, steps, worker = self._batch_size, self.steps, self._options.worker
        seed = self._options.seed * 1_000_003 + salt * 100_003

        def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
            skipped = tf.where(epoch == first.epoch, tf.constant(first.step, tf.int64), 0)
            batches = self._shuffled(seed + epoch).batch(size, drop_remainder=True).take(steps)
            return batches.enumerate(epoch * steps).skip(skipped)

        def prepare(number: tf.Tensor, items: tf.Tensor) -> tuple:
            scenes = items if self._cached is not None else self._decode(items)
            own = number * worker.count + worker.index  # no two machines draw alike
            draw = tf.stack([tf.constant(seed, tf.int64), own])
            if self._options.crop:
                scenes = augmentation.random_crop(scenes, features.IMAGE_SIZE, draw)
            if self._options.flip:
                scenes = augmentation.random_flip(scenes, draw + 1)
            targets = tf.cast(tf.ensure_shape(scenes, [size, *scenes.shape[1:]]), tf.float32) / 255
            if self._options.random_masks:
                return _masked(targets, masking.random_masks(self._border, draw + 2, size))
            return self._with_border(targets)

        return (
            tf.data.Dataset.range(first.epoch, epochs)
            .flat_map(epoch_batches)
            .map(prepare, num_parallel_calls=os.cpu_count())
            .prefetch(_BATCHES_AHEAD)
            .with_options(_without_autotune())
        )

    def _shuffled(self, seed: tf.Tensor) -> tf.data.Dataset:
        if self._cached is not None:
            return self._cached.shuffle(self._learnt, seed, reshuffle_each_iteration=False)
        shards = self._own_shards().shuffle(len(self._files), seed, reshuffle_each_iteration=False)
        return self._records(shards, held_out=False).shuffle(
            self._options.shuffle_images, seed, reshuffle_each_iteration=False
        )

    def _shards(self) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices((self._files, self._starts))

    def _own_shards(self) -> tf.data.Dataset:
        return self._shards().shard(self._options.worker.count, self._options.worker.index)

    def _held_out_of(self, counts: Sequence[int]) -> np.ndarray:
        """How many of each file are held out."""
        ends = np.cumsum([0, *counts])
        before = np.where(ends > 0, (ends - 1) * self._held_out // self._images + 1, 0)
        return np.diff(before if self._held_out else np.zeros_like(ends))

    def _records(self, shards: tf.data.Dataset, held_out: bool) -> tf.data.Dataset:
        """Serialized examples; the held-out ones lie evenly over all."""

        def numbered(file: tf.Tensor, start: tf.Tensor) -> tf.data.Dataset:
            return tfrecords.records(file).enumerate(start)

        def wanted(number: tf.Tensor, record: tf.Tensor) -> tf.Tensor:
            is_held_out = number * self._held_out % self._images < self._held_out
            return is_held_out == held_out

        return (
            shards.interleave(numbered, cycle_length=_OPEN_SHARDS)
            .filter(wanted)
            .map(lambda number, record: record)
        )

    def _decode(self, records: tf.Tensor) -> tf.Tensor:
        """To uint8, of which four times as many pictures fit the cache."""
        key = features.SCENE if self._options.crop else features.TARGET
        pictures = tfrecords.decode(records, self._transform, key)
        return tf.cast(tf.round(pictures * 255), tf.uint8)

    def _fits(self) -> bool:
        bytes_each = self._side**2 * features.CHANNELS
        return self._learnt * bytes_each <= self._options.cache_bytes

    def _fill_cache(self) -> tf.data.Dataset:
        decoded = (
            self._records(self._own_shards(), held_out=False)
            .batch(_DECODED_TOGETHER)
            .map(self._decode, num_parallel_calls=os.cpu_count())
            .unbatch()
        )
        return decoded.cache()

    def _held_out_batches(self) -> tf.data.Dataset:
        """Of known number: running into the end would make Keras count a batch twice."""
        number = -(-self._held_out // self._options.batch_size)
        size = -(-self._held_out // number)  # as even as can be: none is left out, or all but alone
        return (
            self._records(self._shards(), held_out=True)
            .batch(size)
            .map(lambda records: tfrecords.decode(records, self._transform, features.TARGET))
            .cache()
            .map(self._with_border)
            .apply(tf.data.experimental.assert_cardinality(number))
            .with_options(_without_autotune())
        )

    def _with_border(self, targets: tf.Tensor) -> tuple[Mapping[str, tf.Tensor], tf.Tensor]:
        return _masked(targets, tf.ones_like(targets[..., :1]) * self._mask)


def _check_shares(options: Options, files: int) -> None:
    count = options.worker.count
    if options.batch_size % count:
        raise ValueError(
            f"{count} machines cannot share training.batch_size={options.batch_size}: make it a "
            "multiple of their number"
        )
    if files < count:
        raise ValueError(
            f"{count} machines cannot share {files} files of examples: raise data.shards, or train "
            "on fewer"
        )


def _masked(targets: tf.Tensor, masks: tf.Tensor) -> tuple[Mapping[str, tf.Tensor], tf.Tensor]:
    # Masked anew, for a mirrored picture does not have its neighbour's hole.
    return {features.MASKED: masking.hide(targets, masks), features.MASK: masks}, targets


def _without_autotune() -> tf.data.Options:
    # Seen in TF 2.16: after a phase, letting go of the iterator now and then took 45 s, idle.
    # The tuning thread is suspected, not proved.
    options = tf.data.Options()
    options.autotune.enabled = False
    return options
