"""How any generator or discriminator is called. Pure Keras 3, for any backend."""

import keras
from keras import ops

from models import features
from models.images import grey

MEAN, DRAW = "mean", "draw"  # the names of the two networks within a generator that draws


def imagine(
    generator: keras.Model,
    masked,
    masks,
    noise=None,
    training: bool = False,
    clip: bool = True,
    keep_grey: bool = True,
):
    """Imagines whole pictures by any generator: the report's, one that takes masks, one that draws.

    Args:
        generator: From pictures, or from {"masked", "mask"} and perhaps "noise", to pictures.
        masked: float32 [batch, height, width, 3] in 0-1, hidden pixels filled.
        masks: float32 [batch, height, width, 1], 1 where hidden.
        noise: float32 [batch, height, width, NOISE_CHANNELS], standard normal; only looked at by a
            generator that draws, which needs it.
        training: Whether layers behave as in training.
        clip: Whether to hold the result in 0-1. Not while the generator learns, for no gradient
            reaches what was clipped.
        keep_grey: Whether to hold a grey photograph's result to grey. Not while either network
            learns, which judge what the generator itself does.

    Returns:
        float32 [batch, height, width, 3].
    """
    given = {features.MASKED: masked, features.MASK: masks}
    if takes_noise(generator):
        given[features.NOISE] = noise
    inputs = given if takes_masks(generator) else masked
    pictures = generator(inputs, training=training)
    if keep_grey:
        pictures = ops.where(grey.is_grey(masked, masks > 0.5, ops), grey.luma(pictures), pictures)
    return ops.clip(pictures, 0.0, 1.0) if clip else pictures


def mean_of(generator: keras.Model) -> keras.Model:
    """Finds what gives the mean of what may be hidden.

    Args:
        generator: Any.

    Returns:
        Of one that draws the network within, which stays as it is while the other learns; any
        other itself, for its one result is all that it has.
    """
    return generator.get_layer(MEAN) if takes_noise(generator) else generator


def draw_of(generator: keras.Model) -> keras.Model:
    """Finds what draws from around the mean, of a generator that draws.

    Args:
        generator: One that takes noise.

    Returns:
        From {"mean", "mask", "noise"} to pictures, where mean is as `pasted` gives it.
    """
    return generator.get_layer(DRAW)


def pasted(pictures, known, masks):
    """Pastes known pixels into pictures, and holds them in 0-1.

    Args:
        pictures: float32 [batch, height, width, 3].
        known: float32 in 0-1, the same shape, for the pixels that are not hidden.
        masks: float32 [batch, height, width, 1], 1 where hidden.

    Returns:
        float32 of the pictures' shape, in 0-1.
    """
    return ops.clip(ops.where(masks > 0.5, pictures, known), 0.0, 1.0)


def noise_for(generator: keras.Model, masks, seed):
    """Draws the noise that a generator wants.

    Args:
        generator: Any.
        masks: float32 [batch, height, width, 1], for the size.
        seed: An integer, which gives the same noise each time, or Keras's generator of seeds.

    Returns:
        float32 [batch, height, width, channels], standard normal; None where it wants none.
    """
    channels = noise_channels(generator)
    if not channels:
        return None
    return keras.random.normal((*ops.shape(masks)[:3], channels), seed=seed)


def takes_masks(network: keras.Model) -> bool:
    """Says whether a generator or discriminator wants to be told what is hidden."""
    return features.MASK in _inputs(network)


def takes_noise(network: keras.Model) -> bool:
    """Says whether a generator draws one of many results."""
    return bool(noise_channels(network))


def noise_channels(network: keras.Model) -> int:
    """Counts the channels of the noise that a generator wants; 0 where it draws nothing."""
    return _inputs(network).get(features.NOISE, 0)


def takes_any_size(network: keras.Model) -> bool:
    """Says whether a generator takes canvases of any size, in multiples of `features.MULTIPLE`."""
    inputs = getattr(network, "inputs", None) or ()
    return bool(inputs) and all(None in tensor.shape[1:3] for tensor in inputs)


def _inputs(network: keras.Model) -> dict[str, int]:
    """The channels of each input, by name."""
    return {tensor.name: tensor.shape[-1] for tensor in getattr(network, "inputs", None) or ()}
