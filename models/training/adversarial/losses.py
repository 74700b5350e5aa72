"""What the networks are trained to make small. Pure Keras 3, for any backend."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from keras import ops

Region = Literal["hidden", "all"]

_SCALES = (8, 32)  # of a layout: how many times smaller than the picture
_EDGE = 2.0
_KNOWN_WEIGHT = 0.02


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
    """What the two networks play for, given the discriminator's logits: above 0 for real."""

    generator: Callable[[Any], Any]  # logits of generated pictures -> the generator's loss
    discriminator: Callable[[Any, Any], Any]  # logits of real and of generated -> its loss


def adversarial_loss(judged_generated):
    """How far the generator is from being taken for real (Goodfellow et al. 2014, section 3).

    The form that does not saturate: it maximises log D(G(x)). On logits, for the gradient through a
    probability vanishes in float32 where the discriminator is sure.

    Args:
        judged_generated: float32 [batch, 1], the discriminator's logits.

    Returns:
        A float32 scalar.
    """
    return ops.mean(ops.softplus(-judged_generated))


def discriminator_loss(judged_real, judged_generated):
    """How badly the discriminator tells photographs from generated pictures.

    Args:
        judged_real: float32 [batch, 1], its logits for photographs.
        judged_generated: float32 [batch, 1], its logits for generated pictures.

    Returns:
        A float32 scalar: the mean of both halves' cross-entropies.
    """
    real, generated = ops.softplus(-judged_real), ops.softplus(judged_generated)
    return (ops.mean(real) + ops.mean(generated)) / 2


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


CROSS_ENTROPY = Adversarial(adversarial_loss, discriminator_loss)
HINGE = Adversarial(hinge_adversarial_loss, hinge_discriminator_loss)


def layout_score(targets, first, second, masks, spread: float):
    """Scores two draws of a layout: the continuous ranked probability score, from samples.

    Each place of an eighth of the size, and of a 32nd, by the hidden part of its colours.

    Args:
        targets: float32 [batch, height, width, channels] in 0-1; sides are multiples of 32.
        first: float32 of the same shape, a draw.
        second: Another, of other noise.
        masks: float32 [batch, height, width, 1], 1 where hidden.
        spread: 1 is the proper score, least for draws of the truth's own distribution; with less,
            draws come nearer to each other, and to the truth.

    Returns:
        The score, a float32 scalar, and how far the draws lie apart, root mean square of 0-1.
    """
    coarse, coarsest = _SCALES
    errors = [_coarse((draw - targets) * masks, coarse) for draw in (first, second)]
    apart = _coarse((first - second) * masks, coarse)
    hidden = _coarse(masks, coarse)
    score = _ranked(errors, apart, hidden, spread)
    step = coarsest // coarse
    errors, apart_coarsest = [_coarse(e, step) for e in errors], _coarse(apart, step)
    score += _ranked(errors, apart_coarsest, _coarse(hidden, step), spread)
    return score, ops.sqrt(_mean_over_hidden(ops.square(apart), hidden))


def squared_bias(mean, first, second, masks):
    """Estimates how far the average of all draws lies from the mean, squared, from two of them.

    The product of two independent deviations is right on the average, whatever the draws'
    variance, where the square of one, or of their average, would take variety for error. Compare
    the penalty on the first moment of Ohayon et al., "High Perceptual Quality Image Denoising with
    a Posterior Sampling CGAN" (2021).

    Args:
        mean: float32 [batch, height, width, channels] in 0-1.
        first: float32 of the same shape, a draw.
        second: Another, of other noise.
        masks: float32 [batch, height, width, 1], 1 where hidden.

    Returns:
        Two float32 scalars, which may be below 0: of the layout, at an eighth of the size, and of
        each pixel.
    """
    deviations = [(draw - mean) * masks for draw in (first, second)]
    layouts = [_coarse(deviation, _SCALES[0]) for deviation in deviations]
    layout = _mean_over_hidden(layouts[0] * layouts[1], _coarse(masks, _SCALES[0]))
    return layout, _mean_over_hidden(deviations[0] * deviations[1], masks)


def hidden_mean(maps: Sequence, masks):
    """Averages maps of verdicts over what is hidden, each picture and map counting alike.

    Args:
        maps: float32 [batch, height / n, width / n, 1] each, of several n.
        masks: float32 [batch, height, width, 1], 1 where hidden.

    Returns:
        A float32 scalar.
    """
    means = []
    for values in maps:
        shares = _coarse(masks, masks.shape[1] // values.shape[1])
        # A verdict at the edge counts whole, and one on known pixels hardly: they are real.
        weights = ops.minimum(_EDGE * shares, 1.0) + _KNOWN_WEIGHT
        sums = [ops.sum(part, axis=(1, 2, 3)) for part in (values * weights, weights)]
        means.append(ops.mean(sums[0] / sums[1]))
    return sum(means) / len(means)


def _ranked(errors: Sequence, apart, hidden, spread: float):
    errors = sum(ops.abs(error) for error in errors) / len(errors)
    return _mean_over_hidden(errors - spread / 2 * ops.abs(apart), hidden)


def _mean_over_hidden(values, hidden):
    """The mean over each picture's hidden part, then over pictures."""
    total = ops.sum(values, axis=(1, 2, 3))
    return ops.mean(total / (ops.sum(hidden, axis=(1, 2, 3)) * values.shape[-1]))


def _coarse(values, times: int):
    return ops.average_pool(values, times, times)
