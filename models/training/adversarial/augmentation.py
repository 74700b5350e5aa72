"""Changes that both sides of the game are shown pictures under. Pure Keras 3, for any backend.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020): the discriminator
cannot learn photographs by heart, and gradients pass through to the generator.
"""

import keras
from keras import ops

_SHIFT = 16  # pixels, at most
_BRIGHTNESS, _SATURATION, _CONTRAST = 0.4, 0.8, 0.5  # how wide each is drawn


def augment(pictures, masks, seeds: keras.random.SeedGenerator):
    """Draws a shift for the batch, and colours for each picture.

    Args:
        pictures: float32 [batch, height, width, 3] in 0-1.
        masks: float32 [batch, height, width, 1], shifted alike.
        seeds: What is drawn from.

    Returns:
        Both, of the same shapes; pictures may leave 0-1.
    """
    return _shifted(ops.concatenate([_coloured(pictures, seeds), masks], axis=-1), seeds)


def _coloured(pictures, seeds):
    each = (ops.shape(pictures)[0], 1, 1, 1)

    def drawn(width: float):
        return keras.random.uniform(each, -width / 2, width / 2, seed=seeds)

    pictures = pictures + drawn(_BRIGHTNESS)
    grey = ops.mean(pictures, axis=3, keepdims=True)
    pictures = (pictures - grey) * (1.0 + drawn(_SATURATION)) + grey
    mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
    return (pictures - mean) * (1.0 + drawn(_CONTRAST)) + mean


def _shifted(stack, seeds):
    padding = ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT), (0, 0))
    wide = ops.pad(stack, padding, mode="reflect")
    down, across = (keras.random.randint((), 0, 2 * _SHIFT + 1, seed=seeds) for _ in range(2))
    # Rolled and cut: a slice from a drawn place has no static shape on every backend.
    rolled = ops.roll(ops.roll(wide, -down, axis=1), -across, axis=2)
    shifted = rolled[:, : -2 * _SHIFT, : -2 * _SHIFT]
    return shifted[..., :-1], shifted[..., -1:]
