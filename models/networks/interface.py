"""How any generator or discriminator is called. Pure Keras 3, for any backend."""

import keras
from keras import ops

from models import features


def imagine(generator: keras.Model, masked, masks, training: bool = False):
    """Imagines whole pictures by any generator: the report's, or one that takes masks as well.

    Args:
        generator: From pictures, or from {"masked", "mask"}, to pictures.
        masked: float32 [batch, 128, 128, 3] in 0-1, hidden pixels filled.
        masks: float32 [batch, 128, 128, 1], 1 where hidden.
        training: Whether layers behave as in training. Then the result may leave 0-1 a little,
            so that gradients reach what does.

    Returns:
        float32 [batch, 128, 128, 3], in 0-1 at use.
    """
    given = {features.MASKED: masked, features.MASK: masks}
    inputs = given if takes_masks(generator) else masked
    pictures = generator(inputs, training=training)
    return pictures if training else ops.clip(pictures, 0.0, 1.0)


def takes_masks(network: keras.Model) -> bool:
    """Says whether a generator or discriminator wants to be told what is hidden."""
    return len(getattr(network, "inputs", ())) > 1
