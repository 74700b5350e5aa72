"""Random changes to training pictures, drawn from seeds, on whole batches in the graph."""

import tensorflow as tf


def random_flip(pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirrors about half of the pictures, left to right.

    Args:
        pictures: Of any type, [batch, height, width, channels].
        seed: int64 [2]; the same one gives the same draws.

    Returns:
        The same type and shape.
    """
    flips = tf.random.stateless_uniform([tf.shape(pictures)[0], 1, 1, 1], seed) < 0.5
    return tf.where(flips, tf.reverse(pictures, [2]), pictures)


def random_crop(scenes: tf.Tensor, size: int, seed: tf.Tensor) -> tf.Tensor:
    """Cuts a square out of each picture, each at a place of its own.

    Args:
        scenes: Of any type, [batch, side, side, channels], side at least `size`.
        size: Pixels a side of what is cut out.
        seed: int64 [2]; the same one gives the same draws.

    Returns:
        [batch, size, size, channels]: pixels of the scenes, none resampled.
    """
    places = scenes.shape[1] - size + 1
    corners = tf.random.stateless_uniform(
        [tf.shape(scenes)[0], 2], seed, maxval=places, dtype=tf.int32
    )
    rows, columns = (corners[:, axis, None] + tf.range(size) for axis in (0, 1))
    rows_cut = tf.gather(scenes, rows, axis=1, batch_dims=1)
    return tf.gather(rows_cut, columns, axis=2, batch_dims=1)
