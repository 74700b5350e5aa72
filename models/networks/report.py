"""The generator and the discriminator, as the report's tables give them.

Pure Keras 3, for any backend. Layer sizes follow Sabini & Rusak, "Painting Outside the Box:
Image Outpainting with GANs" (2018), as the report took them over.
"""

from collections.abc import Sequence

import keras
from keras import layers

from models import features

IMAGE_SHAPE = (features.IMAGE_SIZE, features.IMAGE_SIZE, features.CHANNELS)
DILATION_RATES = (1, 2, 4, 8, 1)  # of the five layers with 256 filters
BATCH_NORM_MOMENTUM = 0.99


def build_generator(
    dilation_rates: Sequence[int] = DILATION_RATES,
    batch_norm_momentum: float = BATCH_NORM_MOMENTUM,
) -> keras.Model:
    """Builds the network that imagines the hidden pixels.

    Args:
        dilation_rates: One rate for each of the five layers with 256 filters.
        batch_norm_momentum: How slowly the moving averages follow the batches; short runs
            need less than the usual 0.99.

    Returns:
        A model from pictures with their hidden pixels filled, float32
        [batch, 128, 128, 3] in 0-1, to whole pictures of the same shape and range.
        3,340,291 parameters, whatever the rates.

    Raises:
        ValueError: If there are not five rates.
    """
    if len(dilation_rates) != len(DILATION_RATES):
        raise ValueError(f"dilation_rates needs {len(DILATION_RATES)} rates: {dilation_rates}")

    def conv(x, filters: int, kernel: int, **options):
        x = layers.Conv2D(filters, kernel, padding="same", activation="relu", **options)(x)
        return layers.BatchNormalization(momentum=batch_norm_momentum)(x)

    inputs = keras.Input(IMAGE_SHAPE, name=features.MASKED)
    x = conv(inputs, 64, 5)
    x = conv(x, 128, 3, strides=2)
    for rate in dilation_rates:
        x = conv(x, 256, 3, dilation_rate=rate)
    x = layers.Conv2DTranspose(128, 4, strides=2, padding="same", activation="relu")(x)
    x = conv(x, 64, 3)
    # Small weights (as in DCGAN, Radford et al. 2016) start from plain grey, not from noise that
    # must be unlearnt. float32 whatever the precision: 256 levels do not fit bfloat16's 8 bits.
    outputs = layers.Conv2D(
        features.CHANNELS,
        3,
        padding="same",
        activation="sigmoid",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
        dtype="float32",
    )(x)
    return keras.Model(inputs, outputs, name="generator")


def build_discriminator(batch_norm_momentum: float = BATCH_NORM_MOMENTUM) -> keras.Model:
    """Builds the network that tells photographs from imagined pictures.

    Args:
        batch_norm_momentum: As for the generator.

    Returns:
        A model from pictures, float32 [batch, 128, 128, 3] in 0-1, to the logit of each being a
        photograph, float32 [batch, 1]: the report's sigmoid of it is the probability, and is taken
        in the loss. 887,425 parameters.
    """
    inputs = keras.Input(IMAGE_SHAPE, name=features.PICTURE)
    x = inputs
    for index, filters in enumerate((32, 64, 64, 64, 64)):
        x = layers.Conv2D(filters, 5, strides=2, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.Dropout(0.25)(x)
        if index > 0:
            x = layers.BatchNormalization(momentum=batch_norm_momentum)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(512, activation="relu")(x)
    outputs = layers.Dense(1, dtype="float32")(x)
    return keras.Model(inputs, outputs, name="discriminator")
