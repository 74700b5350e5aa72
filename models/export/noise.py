"""Where chance comes from in an exported generator that draws: a seed for each picture."""

import tensorflow as tf

SEED = 0  # where nobody gives one


def from_seeds(seeds: tf.Tensor, height: int, width: int, channels: int) -> tf.Tensor:
    """Draws the noise of each picture from its own seed, whatever else is in the batch.

    Args:
        seeds: int64 [batch]; any.
        height: Pixels of a canvas; this and the next may be scalar tensors.
        width: Likewise.
        channels: Of the noise.

    Returns:
        float32 [batch, height, width, channels], standard normal.
    """

    def one(seed: tf.Tensor) -> tf.Tensor:
        # Named, for what `auto` chooses depends on the device.
        whole = tf.stack([seed, tf.zeros_like(seed)])
        return tf.random.stateless_normal([height, width, channels], whole, alg="philox")

    sides = [side if isinstance(side, int) else None for side in (height, width)]
    spec = tf.TensorSpec([*sides, channels], tf.float32)
    return tf.map_fn(one, seeds, fn_output_signature=spec)


def alike(batch: tf.Tensor, height: int, width: int, channels: int) -> tf.Tensor:
    """Gives every picture the noise of SEED.

    Args:
        batch: How many; an integer or a scalar tensor.
        height: As for `from_seeds`.
        width: Likewise.
        channels: Likewise.

    Returns:
        float32 [batch, height, width, channels].
    """
    noise = from_seeds(tf.constant([SEED], tf.int64), height, width, channels)
    return tf.repeat(noise, batch, axis=0)
