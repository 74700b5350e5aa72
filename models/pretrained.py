"""The weights that ship with the project, and starting a training from those of a SavedModel."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

FOLDER = Path(__file__).parent / "pretrained"  # a serving folder: versions, and a model card
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
    versions = [path for path in FOLDER.iterdir() if path.name.isdigit()]
    return str(max(versions, key=lambda path: int(path.name)))


def load_weights(generator: keras.Model, start: str) -> None:
    """Gives a generator the weights of a SavedModel of this pipeline.

    Args:
        generator: Changed in place.
        start: As for `saved_model`.

    Raises:
        ValueError: If there is no such model, or it is of another network.
    """
    folder = saved_model(start)
    try:
        found = [np.asarray(weight) for weight in tf.saved_model.load(folder).weights]
    except (OSError, AttributeError) as error:
        raise ValueError(f"model.start: no SavedModel of this pipeline at {folder}") from error
    if [weight.shape for weight in found] != [tuple(weight.shape) for weight in generator.weights]:
        raise ValueError(f"model.start: {folder} holds another network than model.generator")
    generator.set_weights(found)
