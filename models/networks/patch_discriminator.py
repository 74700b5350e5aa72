"""The discriminator of the `quality` recipe: judges patches of several sizes, given the mask.

Pure Keras 3, for any backend. Judging patches follows Isola et al., "Image-to-Image Translation
with Conditional Adversarial Networks" (2017); spectral normalisation follows Miyato et al. (2018)
and stands in for BatchNorm and Dropout.
"""

from collections.abc import Sequence

import keras
from keras import layers

from models import features

WIDTHS = (32, 64, 128, 128)  # filters at a half, a quarter, ... of the picture's size
_CONTRAST = 6.0
_JUDGED = (2, 3)  # the layers with verdicts: patches of 22 and of 46 pixels


def build_patch_discriminator(widths: Sequence[int] = WIDTHS) -> keras.Model:
    """Builds the network that tells photographs from pictures with imagined parts.

    Args:
        widths: Filters at a half, a quarter, ... of the picture's size.

    Returns:
        A model from {"picture", "mask"}, float32 [batch, 128, 128, 3] in 0-1 and float32
        [batch, 128, 128, 1], 1 where hidden, to logits, float32 [batch, verdicts]: above 0 for
        a photograph. The last verdict is on the whole picture.
    """
    size = features.IMAGE_SIZE
    picture = keras.Input((size, size, features.CHANNELS), name=features.PICTURE)
    mask = keras.Input((size, size, 1), name=features.MASK)
    # Each layer passes differences on at most as large as they come in; those of fine texture are
    # a few hundredths, too small for verdicts that must differ by 2.
    stretched = _CONTRAST * picture - _CONTRAST / 2
    x = layers.Concatenate()([stretched, mask])
    verdicts = []
    for level, width in enumerate(widths):
        x = _normalised(layers.Conv2D(width, 4, strides=2, padding="same"))(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        if level in _JUDGED:
            verdicts.append(layers.Flatten()(_normalised(layers.Conv2D(1, 1))(x)))
    whole = layers.GlobalAveragePooling2D()(x)
    verdicts.append(_normalised(layers.Dense(1))(whole))
    outputs = layers.Concatenate(dtype="float32")(verdicts)
    inputs = {features.PICTURE: picture, features.MASK: mask}
    return keras.Model(inputs, outputs, name="discriminator")


def _normalised(layer: keras.Layer) -> keras.Layer:
    return layers.SpectralNormalization(layer)
