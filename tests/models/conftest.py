"""Networks small enough to train in a blink, of the real ones' interface."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from models import gan, masking, networks, training

BORDER = masking.Border(32, 32, 32, 32)  # also of the transform graph


def tiny_generator() -> keras.Model:
    """With BatchNorm, for what happens to its moving averages is part of what is tested."""
    inputs = keras.Input(networks.IMAGE_SHAPE)
    x = layers.Conv2D(4, 3, padding="same", activation="elu")(inputs)  # so few must not die
    x = layers.BatchNormalization()(x)
    outputs = layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(inputs, outputs)


def tiny_discriminator() -> keras.Model:
    """With BatchNorm and Dropout, for the same reason."""
    inputs = keras.Input(networks.IMAGE_SHAPE)
    x = layers.Conv2D(8, 5, strides=4, padding="same")(inputs)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Dropout(0.25)(x)
    x = layers.BatchNormalization()(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs)


@pytest.fixture(scope="session")
def border() -> masking.Border:
    return BORDER


@pytest.fixture(scope="session")
def tiny_networks() -> Callable[[], training.Networks]:
    """Builds both networks, the same at every call down to the dropout's draws."""

    def build() -> training.Networks:
        keras.utils.set_random_seed(1)
        return training.Networks(tiny_generator(), tiny_discriminator())

    return build


@pytest.fixture(scope="session")
def batch(photographs: np.ndarray) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Four photographs as the networks train on them."""
    targets = tf.constant(photographs[::2][:4])
    masks = tf.broadcast_to(masking.border_mask(BORDER), [4, 128, 128, 1])
    return {"masked": masking.hide(targets, masks), "mask": masks}, targets


@pytest.fixture(scope="session")
def compiled() -> Callable[..., gan.GAN]:
    """Makes a GAN ready to train, eagerly: for few steps a graph takes longer than it saves."""

    def build(
        both: training.Networks, learning_rate: float = 0.01, eagerly: bool = True, **options
    ) -> gan.GAN:
        model = gan.GAN(both.generator, both.discriminator, **options)
        model.compile(optimizer=keras.optimizers.Adam(learning_rate), run_eagerly=eagerly)
        return model

    return build
