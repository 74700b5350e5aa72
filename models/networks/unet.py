"""The generator of the `quality` recipe: a U-shaped network that corrects a smooth fill.

Pure Keras 3, for any backend. Most of its work is done at an eighth and a quarter of the picture's
size, where what a picture's surroundings look like is decided; the report's generator works at
half size and costs eighteen times as much. The shape is that of Ronneberger et al., "U-Net" (2015),
its blocks those of He et al., "Identity Mappings in Deep Residual Networks" (2016), unnormalised.
"""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from models import features
from models.networks.fill import PyramidFill

WIDTHS = (24, 80, 160, 192, 192)  # filters at a half, a quarter, ... of the picture's size
BLOCKS = (1, 1, 2, 2)  # of residual blocks each way, from a quarter of the size down


def _no_noise(x, level: int):
    return x


def build_unet_generator(
    widths: Sequence[int] = WIDTHS, blocks: Sequence[int] = BLOCKS, name: str = "generator"
) -> keras.Model:
    """Builds the network that imagines the hidden pixels, given which they are.

    Args:
        widths: Filters at a half, a quarter, ... of the picture's size.
        blocks: Residual blocks on the way down, and as many on the way up, at a quarter of the
            size and below.
        name: The model's.

    Returns:
        A model from {"masked", "mask"}, float32 [batch, height, width, 3] in 0-1 with hidden
        pixels filled in any way and float32 [batch, height, width, 1], to whole pictures, float32
        [batch, height, width, 3], which may leave 0-1 a little. Sides are multiples of
        `features.MULTIPLE`.

    Raises:
        ValueError: If there is not one number of blocks for each width but the first.
    """
    masked = keras.Input((None, None, features.CHANNELS), name=features.MASKED)
    mask = keras.Input((None, None, 1), name=features.MASK)
    filled = PyramidFill(dtype="float32", name="fill")(masked, mask)
    x = body(layers.Concatenate()([filled, mask]), widths, blocks)
    x = layers.ReLU()(x)
    # Starts from the smooth fill itself. float32: 256 levels do not fit bfloat16's 8 bits.
    correction = layers.Conv2DTranspose(
        features.CHANNELS,
        4,
        strides=2,
        padding="same",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype="float32",
    )(x)
    outputs = layers.Add(dtype="float32")([filled, correction])
    return keras.Model({features.MASKED: masked, features.MASK: mask}, outputs, name=name)


def body(x, widths: Sequence[int], blocks: Sequence[int], add_noise: Callable = _no_noise):
    """Goes down to the coarsest scale and up again to half the size.

    Args:
        x: float32 [batch, height, width, channels], the fill and the mask.
        widths: As for `build_unet_generator`.
        blocks: Likewise.
        add_noise: Called with what each scale of the way up begins with, and the scale's number: 0
            at half the size, 1 at a quarter, ...

    Returns:
        [batch, height / 2, width / 2, widths[0]].

    Raises:
        ValueError: If there is not one number of blocks for each width but the first.
    """
    if len(blocks) != len(widths) - 1:
        raise ValueError(f"{len(widths)} widths need {len(widths) - 1} numbers of blocks: {blocks}")
    kept = []
    for level, width in enumerate(widths):
        x = _halved(x, width, level)
        for _ in range(blocks[level - 1] if level else 0):
            x = residual_block(x)
        kept.append(x)
        if not level:
            x = layers.ReLU()(x)
    x = add_noise(x, len(widths) - 1)
    for level in reversed(range(len(widths) - 1)):
        x = layers.Add()([_doubled(x, widths[level]), kept[level]])
        x = add_noise(x, level)
        for _ in range(blocks[level - 1] if level else 1):
            x = residual_block(x)
    return x


def _halved(x, width: int, level: int):
    kernel = 4 if level < 2 else 2  # overlapping only where cheap
    return layers.Conv2D(
        width, kernel, strides=2, padding="same", kernel_initializer="lecun_normal"
    )(x)


def _doubled(x, width: int):
    return layers.Conv2DTranspose(width, 2, strides=2, kernel_initializer="lecun_normal")(x)


def residual_block(x, prefix: str | None = None):
    """Adds to x what two convolutions make of it; their names begin with the prefix, if any."""
    # The last starts small: a block that does next to nothing stands in for normalisation.
    kernels = "lecun_normal", keras.initializers.RandomNormal(stddev=0.005)
    y = x
    for number, kernel in enumerate(kernels):
        y = layers.Conv2D(
            x.shape[-1],
            3,
            padding="same",
            kernel_initializer=kernel,
            name=prefix and f"{prefix}{number}",
        )(layers.ReLU()(y))
    return layers.Add()([x, y])
