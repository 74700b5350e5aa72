"""Starting a training from the weights of a SavedModel, such as the one that ships."""

import io
import os

import keras
import numpy as np
import tensorflow as tf

from models import features
from models.networks import interface, stochastic_unet

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
    """Gives a generator the weights of a SavedModel of this pipeline; or its body, a U-Net's.

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
    weights = list(generator.weights)
    if len(found) != len(weights) and interface.takes_noise(generator):
        weights = stochastic_unet.body_weights(generator)  # of a U-Net: what is new starts anew
        found = found[: len(weights)]
    if [value.shape for value in found] != [tuple(weight.shape) for weight in weights]:
        raise ValueError(f"model.start: {folder} holds another network than model.generator")
    for weight, value in zip(weights, found, strict=True):
        weight.assign(value)


def save_judge(discriminator: keras.Model, folder: str) -> None:
    """Writes what a projected discriminator has learnt beside a SavedModel, for `load_judge`.

    Args:
        discriminator: Any; of others nothing is written.
        folder: The SavedModel's.
    """
    if not hasattr(discriminator, "heads"):
        return
    content = io.BytesIO()
    weights = [np.asarray(weight, np.float16) for weight in discriminator.heads.weights]
    np.savez(content, *weights)
    path = os.path.join(folder, features.JUDGE_FILE)
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(content.getvalue())


def load_judge(discriminator: keras.Model, start: str) -> bool:
    """Gives a projected discriminator what `save_judge` wrote, so that a game goes on level.

    Args:
        discriminator: Changed in place, if it is a projected one and there are weights for it.
        start: As for `saved_model`.

    Returns:
        Whether it was.

    Raises:
        ValueError: If the weights are of other heads.
    """
    path = os.path.join(saved_model(start), features.JUDGE_FILE)
    if not hasattr(discriminator, "heads") or not tf.io.gfile.exists(path):
        return False
    with tf.io.gfile.GFile(path, "rb") as file, np.load(io.BytesIO(file.read())) as stored:
        found = list(stored.values())
    weights = discriminator.heads.weights
    if [value.shape for value in found] != [tuple(weight.shape) for weight in weights]:
        raise ValueError(f"model.start: {path} holds the weights of another discriminator")
    for weight, value in zip(weights, found, strict=True):
        weight.assign(value)
    return True
