"""What the networks are trained to make small. Pure Keras 3, for any backend."""

from typing import Literal

import keras
from keras import ops

Region = Literal["hidden", "all"]


def pixel_loss(targets, generated, masks, region: Region):
    """Mean squared error over the hidden pixels, or over all.

    Args:
        targets: float32 [batch, height, width, channels] in 0-1.
        generated: float32, the same shape and range.
        masks: float32 [batch, height, width, 1], 1 where hidden.
        region: `hidden` or `all`.

    Returns:
        A float32 scalar: the mean over pixels, channels and pictures.
    """
    squares = ops.square(targets - generated)
    if region == "all":
        return ops.mean(squares)
    channels = targets.shape[-1]
    return ops.sum(squares * masks) / (ops.sum(masks) * channels)


def adversarial_loss(judged_generated):
    """How far the generator is from being taken for real (Goodfellow et al. 2014, section 3).

    The form that does not saturate: it maximises log D(G(x)).

    Args:
        judged_generated: float32 [batch, 1], the discriminator's probabilities.

    Returns:
        A float32 scalar.
    """
    return _cross_entropy(ops.ones_like(judged_generated), judged_generated)


def discriminator_loss(judged_real, judged_generated):
    """How badly the discriminator tells photographs from generated pictures.

    Args:
        judged_real: float32 [batch, 1], its probabilities for photographs.
        judged_generated: float32 [batch, 1], its probabilities for generated pictures.

    Returns:
        A float32 scalar: the mean of both halves' cross-entropies.
    """
    real = _cross_entropy(ops.ones_like(judged_real), judged_real)
    generated = _cross_entropy(ops.zeros_like(judged_generated), judged_generated)
    return (real + generated) / 2


def _cross_entropy(truth, probability):
    return ops.mean(keras.losses.binary_crossentropy(truth, probability))
