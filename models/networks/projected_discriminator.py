"""A discriminator that sees through a network that knows photographs, and learns only its heads.

Pure Keras 3, for any backend. Sauer et al., "Projected GANs Converge Faster" (2021): frozen
features at several scales, mixed across channels and scales by fixed random weights, so that no
head can look at a few of them alone. One more head looks at pixels, against checkerboards.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from models import features
from models.networks import efficientnet_lite

STRIDES = (2, 4, 8, 16, 32)
_MIXED = (24, 48, 64, 96, 128)  # channels of each stride after mixing
_WIDTHS = (32, 48, 64, 64, 64)  # filters of the head at each stride
_PIXEL_WIDTHS = (24, 48, 64)
_COARSE = 2  # heads from here on compare the pictures of a batch, and keep their first resolution
_CONTRAST = 4.0
_MIXING = "mixing_"  # what the names of the fixed random layers begin with


@keras.saving.register_keras_serializable("outpainting")
class BatchDifference(layers.Layer):
    """Tells a head how much the pictures of a batch differ, against one weave in all of them.

    After Karras et al., "Progressive Growing of GANs" (2018): each beside the one before it.
    """

    def call(self, x):
        """Appends a channel to [batch, height, width, channels]."""
        pictures = ops.cast(x, "float32")
        differences = ops.abs(pictures - ops.roll(pictures, 1, axis=0))
        each = ops.mean(differences, axis=(1, 2, 3), keepdims=True)
        return ops.concatenate([x, ops.cast(each * ops.ones_like(pictures[..., :1]), x.dtype)], -1)

    def compute_output_shape(self, shape):
        """One channel more."""
        return *shape[:-1], shape[-1] + 1


def build_projection(seed: int = 0) -> keras.Model:
    """Builds the part that does not learn. It computes in float32, whatever Keras's policy.

    Args:
        seed: For the mixing weights; heads learn for one and go with no other.

    Returns:
        A model from pictures, float32 [batch, height, width, 3] in 0-1, to features at STRIDES.

    Raises:
        ModuleNotFoundError: If the package with EfficientNet-Lite0's weights is not installed.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # depthwise gradients are slow in bfloat16
    try:
        network = efficientnet_lite.network(0, STRIDES)
        projection = keras.Model(network.input, _mixed(network.outputs), name="projection")
    finally:
        keras.config.set_dtype_policy(policy)
    generator = np.random.default_rng(seed)  # not Keras's, whose draws differ by backend
    for layer in projection.layers:
        if layer.name.startswith(_MIXING):
            shape = layer.kernel.shape
            layer.set_weights([generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))])
    projection.trainable = False
    return projection


class ProjectedDiscriminator(keras.Model):
    """The projection, which does not learn, and the heads, which do."""

    def __init__(self, seed: int = 0):
        """Builds both.

        Args:
            seed: For the projection.

        Raises:
            ModuleNotFoundError: If the package with EfficientNet-Lite0's weights is not installed.
        """
        super().__init__(name="discriminator")
        self.projection = build_projection(seed)
        self.heads = build_heads()
        self.built = True

    def see(self, pictures) -> dict:
        """Gives what the heads look at: float32 [batch, height, width, 3] in 0-1, and features."""
        keys = [stride_key(stride) for stride in STRIDES]
        seen = dict(zip(keys, self.projection(pictures), strict=True))
        return {features.PICTURE: pictures, **seen}

    def judge(self, seen, masks, training: bool = False) -> list:
        """Judges what `see` gave, as `build_heads` says."""
        return self.heads({**seen, features.MASK: masks}, training=training)

    def call(self, inputs, training=False):
        """Judges {"picture", "mask"}."""
        seen = self.see(inputs[features.PICTURE])
        return self.judge(seen, inputs[features.MASK], bool(training))


def build_heads() -> keras.Model:
    """Builds the part that learns.

    Returns:
        A model from {"picture", "mask", "stride_2", ...} to a list of maps of logits, float32
        [batch, height, width, 1], above 0 for a photograph: one of pixels, then one a stride.
        picture: float32 [batch, height, width, 3] in 0-1; mask: float32 [batch, height, width,
        1], 1 where hidden; stride_N: what `build_projection` gives.
    """
    picture = keras.Input((None, None, features.CHANNELS), name=features.PICTURE)
    mask = keras.Input((None, None, 1), name=features.MASK)
    seen = {
        stride_key(stride): keras.Input((None, None, channels), name=stride_key(stride))
        for stride, channels in zip(STRIDES, _MIXED, strict=True)
    }
    stretched = _CONTRAST * picture - _CONTRAST / 2
    logits = [_pixel_head(layers.Concatenate()([stretched, mask]))]
    for level, (stride, width) in enumerate(zip(STRIDES, _WIDTHS, strict=True)):
        coarse_mask = layers.AveragePooling2D(stride)(mask)
        x = layers.Concatenate()([seen[stride_key(stride)], coarse_mask])
        logits.append(_head(x, width, level))
    inputs = {features.PICTURE: picture, features.MASK: mask, **seen}
    outputs = [layers.Activation("linear", dtype="float32")(verdicts) for verdicts in logits]
    return keras.Model(inputs, outputs, name="discriminator")


def stride_key(stride: int) -> str:
    """Names the heads' input of a stride."""
    return f"stride_{stride}"


def _mixed(levels: Sequence) -> list:
    """Across channels, then from coarse to fine."""
    mixed: list = []
    for level in reversed(range(len(levels))):
        x = _mixing_convolution(levels[level], level, 1)
        if mixed:
            coarser = layers.UpSampling2D(2, interpolation="bilinear")(mixed[0])
            x = layers.Add()([x, _mixing_convolution(coarser, level, 3)])
        mixed.insert(0, x)
    return mixed


def _mixing_convolution(x, level: int, kernel: int):
    name = f"{_MIXING}{level}_{kernel}"
    return layers.Conv2D(_MIXED[level], kernel, padding="same", use_bias=False, name=name)(x)


def _pixel_head(x):
    for width in _PIXEL_WIDTHS[:-1]:
        x = _convolution(x, width, 4, strides=2)
    x = _convolution(x, _PIXEL_WIDTHS[-1], 3)
    return _verdicts(x)


def _head(x, width: int, level: int):
    coarse = level >= _COARSE
    if coarse:
        x = _convolution(x, width, 3)
    if level < len(STRIDES) - 1:
        x = _convolution(x, width, 4, strides=2)
    if coarse:
        x = BatchDifference()(x)
    return _verdicts(_convolution(x, width, 3))


def _convolution(x, width: int, kernel: int, strides: int = 1):
    convolution = layers.Conv2D(width, kernel, strides=strides, padding="same")
    return layers.LeakyReLU(negative_slope=0.2)(layers.SpectralNormalization(convolution)(x))


def _verdicts(x):
    return layers.SpectralNormalization(layers.Conv2D(1, 1))(x)
