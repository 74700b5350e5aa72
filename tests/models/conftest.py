"""Networks small enough to train in a blink, of the real ones' interface."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from models.images import masking, tfrecords
from models.networks import report
from models.networks.build import Networks
from models.training.adversarial.gan import GAN
from models.training.adversarial.phases import PHASES, Phase
from models.training.checkpoints import Position
from settings.training import PhaseSettings, TrainingSettings
from tests.patience import PATIENCE

tf.config.experimental.enable_op_determinism()

BORDER = masking.Border(32, 32, 32, 32)  # also of the transform graph
ROOT = Path(__file__).parents[2]


def tiny_generator() -> keras.Model:
    """With BatchNorm, for what happens to its moving averages is part of what is tested."""
    inputs = keras.Input(report.IMAGE_SHAPE)
    x = layers.Conv2D(4, 3, padding="same", activation="elu")(inputs)  # so few must not die
    x = layers.BatchNormalization()(x)
    outputs = layers.Conv2D(3, 3, padding="same", activation="sigmoid", dtype="float32")(x)
    return keras.Model(inputs, outputs)


def tiny_discriminator() -> keras.Model:
    """With BatchNorm and Dropout, for the same reason."""
    inputs = keras.Input(report.IMAGE_SHAPE)
    x = layers.Conv2D(8, 5, strides=4, padding="same")(inputs)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Dropout(0.25)(x)
    x = layers.BatchNormalization()(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(1, dtype="float32")(x)
    return keras.Model(inputs, outputs)


def settings(
    generator: int = 0, discriminator: int = 0, gan: int = 0, **others: float
) -> TrainingSettings:
    """Epochs of each phase, and whatever else."""
    return TrainingSettings(
        generator=PhaseSettings(epochs=generator, learning_rate=0.01),
        discriminator=PhaseSettings(epochs=discriminator, learning_rate=0.01),
        gan=PhaseSettings(epochs=gan, learning_rate=0.01),
        checkpoint_seconds=0,
        **others,
    )


class Fixed:
    """The same batches in every epoch."""

    def __init__(self, batches: tf.data.Dataset, held_out: tf.data.Dataset | None = None):
        self._batches = batches
        self.held_out = held_out
        self.steps = int(batches.cardinality())

    def batches(self, salt: int, first: Position, epochs: int) -> tf.data.Dataset:
        return self._batches.repeat(epochs - first.epoch).skip(first.step)


def example_batch(targets: np.ndarray) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Pictures as the networks train on them."""
    masks = tf.broadcast_to(masking.border_mask(BORDER), [len(targets), 128, 128, 1])
    return {"masked": masking.hide(targets, masks), "mask": masks}, tf.constant(targets)


def fresh_process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs code that may import `tests` in a process of its own."""
    # The folder as a package, as pytest imports it: others have installed a "tests" of their own.
    ours = f"""
import sys, types
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [{str(ROOT / "tests")!r}]
"""
    return subprocess.run(
        [sys.executable, "-c", ours + code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What one test has seeded is not what the next one draws from."""
    keras.utils.set_random_seed(1)  # tf.data's shuffle cannot do with 0


@pytest.fixture(scope="session")
def shards(sample_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The ten examples in three files of unlike lengths, as a pattern."""
    folder = tmp_path_factory.mktemp("shards")
    records = list(tf.data.TFRecordDataset(str(sample_examples)).as_numpy_iterator())
    for number, part in enumerate([records[:5], records[5:6], records[6:]]):
        name = str(folder / f"data_tfrecord-{number:05d}-of-00003")
        with tf.io.TFRecordWriter(name) as writer:
            for record in part:
                writer.write(record)
    return str(folder / "*-of-*")


@pytest.fixture(scope="session")
def transform(transform_graph: str) -> tfrecords.Transform:
    return tfrecords.load_transform(transform_graph)


@pytest.fixture(scope="session")
def originals(shards: str, transform: tfrecords.Transform) -> np.ndarray:
    return tfrecords.pictures([shards], transform, 100).numpy()


@pytest.fixture(scope="session")
def border() -> masking.Border:
    return BORDER


@pytest.fixture(scope="session")
def tiny_networks() -> Callable[[], Networks]:
    """Builds both networks, the same at every call down to the dropout's draws."""

    def build() -> Networks:
        keras.utils.set_random_seed(1)
        return Networks(tiny_generator(), tiny_discriminator())

    return build


@pytest.fixture(scope="session")
def batch(photographs: np.ndarray) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Four photographs as the networks train on them."""
    return example_batch(photographs[::2][:4])


@pytest.fixture(scope="session")
def batches(batch: tuple[dict[str, tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
    """Two batches of two photographs."""
    return tf.data.Dataset.from_tensor_slices(batch).batch(2)


@pytest.fixture(scope="session")
def compiled() -> Callable[..., GAN]:
    """Makes a GAN ready to train, eagerly: for few steps a graph takes longer than it saves."""

    def build(
        both: Networks,
        learning_rate: float = 0.01,
        eagerly: bool = True,
        phase: Phase = "gan",
        **options,
    ) -> GAN:
        model = PHASES[phase](*both, **options)
        model.compile(optimizer=keras.optimizers.Adam(learning_rate), run_eagerly=eagerly)
        return model

    return build
