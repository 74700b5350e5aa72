"""The generator that plays the adversarial game: a U-Net with chance in it, for any canvas.

Pure Keras 3, for any backend. Two networks in one. The first, that of `unet`, gives the mean of
what may surround a picture, and is frozen: squared error has taught it all that it can. The second
has the same body and draws from around that mean. Noise enters at each scale of its way up (Karras
et al., "A Style-Based Generator Architecture", 2019), so that one picture has many results, and a
branch at half size draws texture.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from models import features
from models.networks import interface, unet

NOISE_CHANNELS = 4
_TEXTURE = 48  # filters of the texture branch
_TEXTURE_BLOCKS = 2
_NOISE_SCALE = 0.05
_NOISE, _TEXTURE_BRANCH = "noise", "texture"  # what the names of layers begin with


@keras.saving.register_keras_serializable("outpainting")
class CoarserNoise(layers.Layer):
    """Halves white noise so that it stays white, and of variance 1."""

    def call(self, noise):
        """Halves the sides of float32 [batch, height, width, channels]."""
        return ops.average_pool(noise, 2, 2) * 2.0


@keras.saving.register_keras_serializable("outpainting")
class DepthToSpace(layers.Layer):
    """Spreads the channels of each place over four pixels (Shi et al. 2016)."""

    def call(self, x):
        """From [batch, height, width, 4 n] to [batch, 2 height, 2 width, n]."""
        batch, height, width = ops.shape(x)[:3]
        x = ops.reshape(x, (batch, height, width, 2, 2, x.shape[-1] // 4))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (batch, 2 * height, 2 * width, x.shape[-1]))

    def compute_output_shape(self, shape):
        """Doubles the sides, where they are known."""
        height, width = (side and 2 * side for side in shape[1:3])
        return shape[0], height, width, shape[-1] // 4


def build_stochastic_unet(
    widths: Sequence[int] = unet.WIDTHS, blocks: Sequence[int] = unet.BLOCKS
) -> keras.Model:
    """Builds the network that draws one of the surroundings that a picture may have.

    Args:
        widths: As for `unet.build_unet_generator`; five.
        blocks: Likewise.

    Returns:
        A model from {"masked", "mask", "noise"} to whole pictures, float32 [batch, height, width,
        3], which may leave 0-1 a little. Sides are multiples of `features.MULTIPLE`. masked:
        float32 [batch, height, width, 3] in 0-1, hidden pixels filled in any way; mask: float32
        [batch, height, width, 1]; noise: float32 [batch, height, width, NOISE_CHANNELS], standard
        normal.

    Raises:
        ValueError: If there is not one number of blocks for each width but the first.
    """
    masked = keras.Input((None, None, features.CHANNELS), name=features.MASKED)
    mask = keras.Input((None, None, 1), name=features.MASK)
    noise = keras.Input((None, None, NOISE_CHANNELS), name=features.NOISE)
    mean = unet.build_unet_generator(widths, blocks, name=interface.MEAN)
    mean.trainable = False
    pictures = mean({features.MASKED: masked, features.MASK: mask})
    filled = interface.pasted(pictures, masked, mask)
    draw = _build_draw(widths, blocks)
    outputs = draw({interface.MEAN: filled, features.MASK: mask, features.NOISE: noise})
    inputs = {features.MASKED: masked, features.MASK: mask, features.NOISE: noise}
    return keras.Model(inputs, outputs, name="generator")


def body_weights(generator: keras.Model) -> list:
    """Lists the variables of what draws that are those of a U-Net's body, in its weights' order.

    Args:
        generator: As `build_stochastic_unet` makes it.

    Returns:
        All but those of the mean, of the noise and of the texture branch.
    """
    own = (_NOISE, _TEXTURE_BRANCH)
    draw = interface.draw_of(generator)
    body = [layer for layer in draw.layers if not layer.name.startswith(own)]
    return [weight for layer in body for weight in layer.weights]


def _build_draw(widths: Sequence[int], blocks: Sequence[int]) -> keras.Model:
    """From {"mean", "mask", "noise"}: the mean with what is known pasted in, and then chance."""
    filled = keras.Input((None, None, features.CHANNELS), name=interface.MEAN)
    mask = keras.Input((None, None, 1), name=features.MASK)
    noise = keras.Input((None, None, NOISE_CHANNELS), name=features.NOISE)
    chance = [noise]
    for _ in widths:
        chance.append(CoarserNoise()(chance[-1]))

    def add_noise(x, level: int):
        return _noisy(x, chance[level + 1], str(level))

    x = unet.body(layers.Concatenate()([filled, mask]), widths, blocks, add_noise)
    # Texture, at half the size; its last layer gives the four pixels of each place.
    widen = layers.Conv2D(
        _TEXTURE, 1, kernel_initializer="lecun_normal", name=f"{_TEXTURE_BRANCH}_in"
    )
    x = _noisy(widen(layers.ReLU()(x)), chance[1], _TEXTURE_BRANCH)
    for number in range(_TEXTURE_BLOCKS):
        x = unet.residual_block(x, f"{_TEXTURE_BRANCH}_{number}_")
    # float32: 256 levels do not fit bfloat16's 8 bits.
    x = layers.Conv2D(
        4 * features.CHANNELS,
        3,
        padding="same",
        kernel_initializer=_four_alike,
        dtype="float32",
        name=f"{_TEXTURE_BRANCH}_out",
    )(layers.ReLU()(x))
    correction = DepthToSpace(dtype="float32")(x)
    outputs = layers.Add(dtype="float32")([filled, correction])
    inputs = {interface.MEAN: filled, features.MASK: mask, features.NOISE: noise}
    return keras.Model(inputs, outputs, name=interface.DRAW)


def _noisy(x, noise, name: str):
    strength = keras.initializers.RandomNormal(stddev=_NOISE_SCALE)
    added = layers.Conv2D(
        x.shape[-1], 1, use_bias=False, kernel_initializer=strength, name=f"{_NOISE}_{name}"
    )(noise)
    return layers.Add()([x, added])


def _four_alike(shape, dtype=None):
    """Starts without a checkerboard (Aitken et al., "Checkerboard artifact free ...", 2017)."""
    one = keras.random.normal((*shape[:-1], shape[-1] // 4), stddev=0.01, dtype=dtype)
    return ops.tile(one, (1, 1, 1, 4))
