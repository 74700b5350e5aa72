"""Sliced Wasserstein distance of patches as a loss: what makes imagined detail lifelike.

Pure Keras 3, for any backend. A sorted projection cannot be fooled by the mean of all that might be
there, which is what squared error asks for. The measure is that of `models.distribution`, in a
form with gradients; as a loss it is that of Deshpande et al., "Generative Modeling using the Sliced
Wasserstein Distance" (2018), on patches as in Heitz et al., "A Sliced Wasserstein Loss for Neural
Texture Synthesis" (2021).
"""

import keras
import numpy as np
from keras import ops

_PATCH = 7  # pixels a side
_PLACES = 32  # across a level, at most
_DIRECTIONS = 64
_SMALLEST = 16  # pixels a side of the last level
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
_TINY = 1e-4


def patch_loss(real, generated, seed: keras.random.SeedGenerator):
    """Measures how unlike two batches' patches are, as sets, at all scales.

    Args:
        real: float32 [batch, size, size, channels] in 0-1; size a power of 2 from 16 up.
        generated: float32 of the same shape; gradients reach it.
        seed: For directions of projection and places, anew at each call.

    Returns:
        A float32 scalar: the mean over levels of the distance, each level's contrast that of
        the real pictures; 0 for equal sets.
    """
    levels = list(zip(_pyramid(real), _pyramid(generated), strict=True))
    return sum(_distance(one, other, seed) for one, other in levels) / len(levels)


def _distance(real, generated, seed: keras.random.SeedGenerator):
    channels = real.shape[-1]
    stride = max(real.shape[1] // _PLACES, 1)
    directions = keras.random.normal((_PATCH, _PATCH, channels, _DIRECTIONS), seed=seed)
    directions = directions / ops.sqrt(ops.sum(ops.square(directions), axis=(0, 1, 2)))
    shift = keras.random.randint((2,), 0, stride, seed=seed)
    contrast = ops.stop_gradient(ops.std(real)) + _TINY

    def projected(pictures):
        # Moved, so that no grid of places is favoured.
        moved = ops.roll(ops.roll(pictures, shift[0], axis=1), shift[1], axis=2)
        values = ops.conv(moved / contrast, directions, strides=stride, padding="valid")
        return ops.sort(ops.transpose(ops.reshape(values, (-1, _DIRECTIONS))), axis=1)

    return ops.mean(ops.abs(projected(real) - projected(generated)))


def _pyramid(pictures) -> list:
    """Takes pictures apart by scale (Burt & Adelson 1983), as `models.distribution` does."""
    levels = [pictures]
    while levels[-1].shape[1] > _SMALLEST:
        smaller = _blurred(levels[-1], stride=2)
        levels[-1] = levels[-1] - _scaled_up(smaller)
        levels.append(smaller)
    return levels


def _scaled_up(pictures):
    _, height, width, channels = pictures.shape
    apart = ops.expand_dims(ops.expand_dims(pictures, 2), 4)
    spread = ops.pad(apart, [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]])
    return _blurred(4.0 * ops.reshape(spread, (-1, 2 * height, 2 * width, channels)))


def _blurred(pictures, stride: int = 1):
    channels = pictures.shape[-1]
    kernel = np.outer(_BINOMIAL, _BINOMIAL)[:, :, None, None]
    padded = ops.pad(pictures, [[0, 0], [2, 2], [2, 2], [0, 0]], mode="reflect")
    kernels = ops.convert_to_tensor(np.repeat(kernel, channels, axis=2))
    return ops.depthwise_conv(padded, kernels, strides=stride, padding="valid")
