"""The `outpaint` signature of any exported model, called alike, whether it draws or not."""

from typing import Any

import tensorflow as tf

from models import features


def takes_seeds(model: Any) -> bool:
    """Says whether a loaded SavedModel draws one of many results."""
    signature = model.signatures[features.OUTPAINT_SIGNATURE]
    return features.SEEDS in signature.structured_input_signature[1]


def outpaint(model: Any, canvases, masks, seed: int = 0) -> tf.Tensor:
    """Has a loaded SavedModel imagine the masked pixels of canvases.

    Args:
        model: What `tf.saved_model.load` gave; one of this pipeline, of any age.
        canvases: float32 [batch, height, width, 3] in 0-1, of a size that the model takes.
        masks: float32 [batch, height, width, 1], 1 where a pixel is to be imagined.
        seed: Of every picture; not looked at by a model that draws nothing.

    Returns:
        float32 of the shape of `canvases`, known pixels as given.
    """
    inputs = {
        features.CANVASES: tf.convert_to_tensor(canvases),
        features.MASKS: tf.convert_to_tensor(masks),
    }
    if takes_seeds(model):
        inputs[features.SEEDS] = tf.fill(tf.shape(canvases)[:1], tf.constant(seed, tf.int64))
    return model.signatures[features.OUTPAINT_SIGNATURE](**inputs)[features.OUTPAINTED]
