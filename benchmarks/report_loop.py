"""The usual Keras loop of the report's time: three compiled models, four calls a step."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from models import features
from models.networks import report


def step(x: Mapping[str, np.ndarray], targets: np.ndarray) -> Callable[[], None]:
    """Prepares a step.

    Args:
        x: `masked`, float32 [batch, 128, 128, 3] in 0-1.
        targets: float32, the same shape and range.

    Returns:
        The step; each call trains once more.
    """
    # Without XLA, which Keras of that time did not choose by itself, and which is slower here.
    options = {"jit_compile": False}
    generator, discriminator = report.build_generator(), report.build_discriminator()
    discriminator.compile("adam", loss="binary_crossentropy", **options)
    inputs = keras.Input(report.IMAGE_SHAPE)
    generated = generator(inputs)
    frozen = keras.models.clone_model(discriminator)
    frozen.trainable = False  # a copy: Keras 3 looks at `trainable` when it traces
    gan = keras.Model(inputs, [generated, frozen(generated)])
    gan.compile("adam", loss=["mse", "binary_crossentropy"], loss_weights=[1.0, 0.001], **options)
    generator.compile("adam", loss="mse", **options)
    masked = x[features.MASKED]
    real, false = np.ones((len(targets), 1)), np.zeros((len(targets), 1))

    def train() -> None:
        pictures = generator.predict_on_batch(masked)
        discriminator.train_on_batch(targets, real)
        discriminator.train_on_batch(pictures, false)
        gan.train_on_batch(masked, [targets, real])

    return train
