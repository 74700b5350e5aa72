"""What the networks are trained to make small. Pure Keras 3, for any backend."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

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


class Adversarial(NamedTuple):
    """What the two networks play for, given the discriminator's verdicts."""

    generator: Callable[[Any], Any]  # verdicts on generated pictures -> the generator's loss
    discriminator: Callable[[Any, Any], Any]  # verdicts on real and on generated -> its loss
    threshold: float  # a verdict above it says: real


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


def hinge_adversarial_loss(judged_generated):
    """The generator's side of the hinge loss (Lim & Ye, "Geometric GAN", 2017).

    Args:
        judged_generated: float32 [batch, verdicts], the discriminator's logits.

    Returns:
        A float32 scalar.
    """
    return -ops.mean(judged_generated)


def hinge_discriminator_loss(judged_real, judged_generated):
    """The discriminator's side of the hinge loss: verdicts beyond 1 and -1 cost nothing.

    Args:
        judged_real: float32 [batch, verdicts], its logits for photographs.
        judged_generated: float32, the same for generated pictures.

    Returns:
        A float32 scalar: the mean of both halves.
    """
    real = ops.mean(ops.relu(1.0 - judged_real))
    generated = ops.mean(ops.relu(1.0 + judged_generated))
    return (real + generated) / 2


CROSS_ENTROPY = Adversarial(adversarial_loss, discriminator_loss, threshold=0.5)
HINGE = Adversarial(hinge_adversarial_loss, hinge_discriminator_loss, threshold=0.0)


def _cross_entropy(truth, probability):
    return ops.mean(keras.losses.binary_crossentropy(truth, probability))
