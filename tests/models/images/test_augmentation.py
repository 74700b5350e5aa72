"""Flips and crops: nothing but what the picture holds, and the same for the same seed."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models.images import augmentation

Change = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

SIZE = 100
CHANGES = {
    "flip": augmentation.random_flip,
    "crop": lambda pictures, seed: augmentation.random_crop(pictures, SIZE, seed),
}
seeds = st.lists(st.integers(0, 2**62), min_size=2, max_size=2)
change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def numbered(batch: int, side: int) -> np.ndarray:
    """Pictures of which every value is another, so that none can be mistaken for another."""
    values = np.arange(batch * side * side * 3, dtype=np.float32)
    return values.reshape(batch, side, side, 3)


@given(seeds, st.integers(1, 12))
def test_a_picture_is_mirrored_or_left_as_it_is(seed: list[int], batch: int) -> None:
    pictures = numbered(batch, 6)
    flipped = augmentation.random_flip(tf.constant(pictures), tf.constant(seed, tf.int64)).numpy()
    for before, after in zip(pictures, flipped, strict=True):
        assert any(np.array_equal(after, one) for one in (before, before[:, ::-1]))


def test_about_half_are_mirrored_and_others_with_another_seed() -> None:
    pictures = tf.constant(numbered(1000, 2))
    draws = []
    for seed in ([1, 2], [1, 3], [2, 2]):
        flipped = augmentation.random_flip(pictures, tf.constant(seed, tf.int64))
        draws.append(np.any(flipped != pictures, axis=(1, 2, 3)))
    for mirrored in draws:
        assert 430 < mirrored.sum() < 570  # more than four standard deviations
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert 430 < np.sum(draws[one] != draws[other]) < 570  # they do not hang together


@settings(max_examples=30)
@given(seeds, st.integers(1, 12), st.integers(0, 12))
def test_a_crop_is_a_square_of_its_picture(seed: list[int], size: int, more: int) -> None:
    scenes = numbered(5, size + more)
    cut = augmentation.random_crop(tf.constant(scenes), size, tf.constant(seed, tf.int64)).numpy()
    assert cut.shape == (5, size, size, 3)
    for scene, square in zip(scenes, cut, strict=True):
        row, column, _ = np.argwhere(scene == square[0, 0, 0])[0]
        expected = scene[row : row + size, column : column + size]
        np.testing.assert_array_equal(square, expected)


def test_crops_lie_everywhere_each_picture_at_a_place_of_its_own() -> None:
    scenes = numbered(1, 5).repeat(2000, axis=0)
    cut = augmentation.random_crop(tf.constant(scenes), 3, tf.constant([4, 5], tf.int64)).numpy()
    corners, counts = np.unique(cut[:, 0, 0, 0], return_counts=True)
    np.testing.assert_array_equal(corners, scenes[0, :3, :3, 0].ravel())
    assert counts.min() > 160  # of 222 expected: more than four standard deviations
    assert counts.max() < 284


@change
def test_a_seed_gives_the_same_draws_eagerly_and_in_a_data_set(
    change: Change, photographs: np.ndarray
) -> None:
    seed = tf.constant([7, 8], tf.int64)
    eagerly = change(tf.constant(photographs), seed).numpy()
    np.testing.assert_array_equal(change(tf.constant(photographs), seed), eagerly)
    batches = tf.data.Dataset.from_tensors(photographs).repeat(2)
    mapped = batches.map(lambda pictures: change(pictures, seed), num_parallel_calls=2)
    for inside in mapped.as_numpy_iterator():
        np.testing.assert_array_equal(inside, eagerly)
    other = change(tf.constant(photographs), seed + 1).numpy()
    assert not np.array_equal(other, eagerly)
    ranged = tf.data.Dataset.range(7, 9).map(
        lambda number: change(tf.constant(photographs), tf.stack([number, number + 1]))
    )
    first, second = ranged.as_numpy_iterator()  # the seed as a tensor of the graph
    np.testing.assert_array_equal(first, eagerly)
    assert not np.array_equal(second, eagerly)
