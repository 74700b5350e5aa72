"""Starting a training from weights, such as those of the SavedModel that ships."""

import keras
import numpy as np
import tensorflow as tf

from models import features
from models.networks import interface, stochastic_unet
from models.training import weights as stored

SHIPPED = "pretrained"  # what settings call it


def saved_model(start: str) -> str:
    """Finds the SavedModel that a setting names.

    Args:
        start: `pretrained`, or the folder or URI of a SavedModel.

    Returns:
        Its folder; of what ships, the newest version.
    """
    if start != SHIPPED:
        return start
    versions = [path for path in features.PRETRAINED.iterdir() if path.name.isdigit()]
    return str(max(versions, key=lambda path: int(path.name)))


def load_weights(generator: keras.Model, start: str) -> None:
    """Gives a generator the weights of a SavedModel of this pipeline, or of arrays.

    One that draws takes a U-Net's, too: as its mean, and as the body of what draws.

    Args:
        generator: Changed in place.
        start: As for `saved_model`.

    Raises:
        ValueError: If there is no such model, or it is of another network.
    """
    folder = saved_model(start)
    if stored.load_generator(generator, folder):
        return
    try:
        found = [np.asarray(weight) for weight in tf.saved_model.load(folder).weights]
    except (OSError, AttributeError) as error:
        raise ValueError(f"model.start: no SavedModel of this pipeline at {folder}") from error
    weights = list(generator.weights)
    if len(found) != len(weights) and interface.takes_noise(generator):
        body = stochastic_unet.body_weights(generator)
        weights = interface.mean_of(generator).weights + body
        found += found[: len(body)]
    stored.assign(weights, found, f"{folder} holds another network than model.generator")
