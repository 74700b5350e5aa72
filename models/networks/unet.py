"""The generator of the `quality` recipe: a U-shaped network that corrects a smooth fill.

Pure Keras 3, for any backend. Most of its work is done at an eighth and a quarter of the picture's
size, where what a picture's surroundings look like is decided; the report's generator works at
half size and costs eighteen times as much. The shape is that of Ronneberger et al., "U-Net" (2015),
its blocks those of He et al., "Identity Mappings in Deep Residual Networks" (2016), unnormalised.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from models import features
from models.networks.detail import BorrowedDetail

WIDTHS = (24, 80, 160, 192, 192)  # filters at a half, a quarter, ... of the picture's size
BLOCKS = (1, 1, 2, 2)  # of residual blocks each way, from a quarter of the size down
_GAIN = 3.0  # of confidence a level: with it the smooth fill keeps closest to photographs
_TINY = 1e-6


@keras.saving.register_keras_serializable("outpainting")
class PyramidFill(layers.Layer):
    """Fills hidden pixels smoothly from the known ones, whatever the mask's shape.

    Known pixels are averaged at ever coarser scales, and each hidden pixel takes the finest
    average there is: pull-push interpolation (Gortler et al., "The Lumigraph", 1996). Nothing in
    it learns.
    """

    def call(self, pictures, masks):
        """Fills a batch.

        Args:
            pictures: float32 [batch, size, size, channels]; the hidden pixels must be finite, and
                are not looked at. size is a power of 2.
            masks: float32 [batch, size, size, 1], 1 where hidden.

        Returns:
            float32 of the shape of `pictures`.
        """
        known = 1.0 - masks
        levels = [(pictures * known, known)]
        while levels[-1][0].shape[1] > 1:
            colours, weights = (ops.average_pool(part, 2, 2) for part in levels[-1])
            gain = ops.minimum(weights * _GAIN, 1.0) / ops.maximum(weights, _TINY)
            levels.append((colours * gain, weights * gain))
        colours, weights = levels.pop()
        filled = colours / ops.maximum(weights, _TINY)
        for colours, weights in reversed(levels):
            size = colours.shape[1:3]
            coarser = ops.image.resize(filled, size, interpolation="bilinear")
            filled = colours + (1.0 - weights) * coarser
        return filled


def build_unet_generator(
    detail: float = 0.0, widths: Sequence[int] = WIDTHS, blocks: Sequence[int] = BLOCKS
) -> keras.Model:
    """Builds the network that imagines the hidden pixels, given which they are.

    Args:
        detail: Strength of the detail borrowed from what is known, 0 to 1; for use, and 0 to train.
        widths: Filters at a half, a quarter, ... of the picture's size.
        blocks: Residual blocks on the way down, and as many on the way up, at a quarter of the
            size and below.

    Returns:
        A model from {"masked", "mask"}, float32 [batch, 128, 128, 3] in 0-1 with hidden pixels
        filled in any way and float32 [batch, 128, 128, 1], to whole pictures, float32
        [batch, 128, 128, 3], which may leave 0-1 a little.

    Raises:
        ValueError: If there is not one number of blocks for each width but the first.
    """
    if len(blocks) != len(widths) - 1:
        raise ValueError(f"{len(widths)} widths need {len(widths) - 1} numbers of blocks: {blocks}")
    size = features.IMAGE_SIZE
    masked = keras.Input((size, size, features.CHANNELS), name=features.MASKED)
    mask = keras.Input((size, size, 1), name=features.MASK)
    filled = PyramidFill(dtype="float32", name="fill")(masked, mask)
    x = layers.Concatenate()([filled, mask])
    kept = []
    for level, width in enumerate(widths):
        x = _halved(x, width)
        for _ in range(blocks[level - 1] if level else 0):
            x = _residual_block(x)
        kept.append(x)
        if not level:
            x = layers.ReLU()(x)
    for level in reversed(range(len(widths) - 1)):
        x = layers.Add()([_doubled(x, widths[level]), kept[level]])
        for _ in range(blocks[level - 1] if level else 1):
            x = _residual_block(x)
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
    if detail:
        outputs = BorrowedDetail(detail, dtype="float32")(outputs, masked, mask)
    return keras.Model({features.MASKED: masked, features.MASK: mask}, outputs, name="generator")


def _halved(x, width: int):
    kernel = 4 if x.shape[1] > features.IMAGE_SIZE // 4 else 2  # overlapping only where cheap
    return layers.Conv2D(
        width, kernel, strides=2, padding="same", kernel_initializer="lecun_normal"
    )(x)


def _doubled(x, width: int):
    return layers.Conv2DTranspose(width, 2, strides=2, kernel_initializer="lecun_normal")(x)


def _residual_block(x):
    width = x.shape[-1]
    y = layers.ReLU()(x)
    y = layers.Conv2D(width, 3, padding="same", kernel_initializer="lecun_normal")(y)
    y = layers.ReLU()(y)
    # Small: each block starts close to doing nothing, which stands in for normalisation.
    small = keras.initializers.RandomNormal(stddev=0.005)
    return layers.Add()([x, layers.Conv2D(width, 3, padding="same", kernel_initializer=small)(y)])
