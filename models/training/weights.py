"""Weights as arrays in a file: what a training without TensorFlow starts from and gives."""

import io
import os
from collections.abc import Sequence

import keras
import numpy as np

from models import features
from models.training import files


def save_generator(generator: keras.Model, folder: str) -> None:
    """Writes a generator's weights, in half precision.

    Args:
        generator: Any.
        folder: Gets `features.GENERATOR_FILE`.
    """
    _save(generator.weights, os.path.join(folder, features.GENERATOR_FILE))


def load_generator(generator: keras.Model, folder: str) -> bool:
    """Gives a generator what `save_generator` wrote.

    Args:
        generator: Changed in place, if there are weights for it.
        folder: Where they are.

    Returns:
        Whether there were.

    Raises:
        ValueError: If the weights are of another network.
    """
    return _load(generator.weights, os.path.join(folder, features.GENERATOR_FILE), "generator")


def save_judge(discriminator: keras.Model, folder: str) -> None:
    """Writes what a projected discriminator has learnt beside a generator, for `load_judge`.

    Args:
        discriminator: Any; of others nothing is written.
        folder: The SavedModel's, or that of the generator's weights.
    """
    if hasattr(discriminator, "heads"):
        _save(discriminator.heads.weights, os.path.join(folder, features.JUDGE_FILE))


def load_judge(discriminator: keras.Model, folder: str) -> bool:
    """Gives a projected discriminator what `save_judge` wrote, so that a game goes on level.

    Args:
        discriminator: Changed in place, if it is a projected one and there are weights for it.
        folder: As for `save_judge`.

    Returns:
        Whether it was.

    Raises:
        ValueError: If the weights are of other heads.
    """
    if not hasattr(discriminator, "heads"):
        return False
    path = os.path.join(folder, features.JUDGE_FILE)
    return _load(discriminator.heads.weights, path, "discriminator")


def assign(weights: Sequence, found: Sequence[np.ndarray], otherwise: str) -> None:
    """Gives weights their values.

    Args:
        weights: Changed in place.
        found: Their values, in order; of any float type.
        otherwise: What is wrong where they do not fit.

    Raises:
        ValueError: If number or shapes differ.
    """
    if [value.shape for value in found] != [tuple(weight.shape) for weight in weights]:
        raise ValueError(f"model.start: {otherwise}")
    for weight, value in zip(weights, found, strict=True):
        weight.assign(value.astype(np.float32))


def _save(weights: list, path: str) -> None:
    content = io.BytesIO()
    np.savez(
        content, *(keras.ops.convert_to_numpy(weight).astype(np.float16) for weight in weights)
    )
    files.write(path, content.getvalue())


def _load(weights: list, path: str, network: str) -> bool:
    content = files.read(path)
    if content is None:
        return False
    with np.load(io.BytesIO(content)) as stored:
        assign(weights, list(stored.values()), f"{path} holds the weights of another {network}")
    return True
