"""Builds the networks that settings ask for. Pure Keras 3, for any backend."""

from typing import NamedTuple

import keras

from models.networks import (
    patch_discriminator,
    projected_discriminator,
    report,
    stochastic_unet,
    unet,
)
from settings.model import ModelSettings


class Networks(NamedTuple):
    """Both networks, as trained."""

    generator: keras.Model
    discriminator: keras.Model


def set_seed(seed: int) -> None:
    """Seeds everything that draws at random.

    Args:
        seed: 0 or more.
    """
    keras.utils.set_random_seed(seed + 1)  # tf.data's shuffle cannot do with 0


def build_networks(settings: ModelSettings, seed: int) -> Networks:
    """Builds both networks as they learn, with weights drawn from a seed.

    Args:
        settings: Which networks, and what they may vary in.
        seed: For the weights, dropout and whatever else Keras draws.

    Returns:
        The networks, untrained.
    """
    set_seed(seed)
    generator = build_generator(settings)
    if settings.discriminator == "projected":
        return Networks(generator, projected_discriminator.ProjectedDiscriminator())
    if settings.discriminator == "patch":
        return Networks(generator, patch_discriminator.build_patch_discriminator())
    return Networks(generator, report.build_discriminator(settings.batch_norm_momentum))


def build_generator(settings: ModelSettings) -> keras.Model:
    """Builds the generator.

    Args:
        settings: Which network, and what it may vary in.

    Returns:
        The network, untrained; its weights are those of `build_networks`' in shape and order.
    """
    if settings.generator == "stochastic_unet":
        return stochastic_unet.build_stochastic_unet()
    if settings.generator == "unet":
        return unet.build_unet_generator()
    return report.build_generator(settings.dilation_rates, settings.batch_norm_momentum)
