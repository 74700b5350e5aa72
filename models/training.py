"""The three training phases. Knows no TFX."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf

from models import gan, masking, networks
from models.progress import Progress
from models.tensorboard import PictureGrid
from pipeline.config import ModelSettings, PhaseSettings, TrainingSettings

PHASES: tuple[gan.Phase, ...] = ("generator", "discriminator", "gan")


class Networks(NamedTuple):
    """Both networks, as trained."""

    generator: keras.Model
    discriminator: keras.Model


def build_networks(settings: ModelSettings, seed: int) -> Networks:
    """Builds both networks with weights drawn from a seed.

    Args:
        settings: Dilation rates and momentum.
        seed: For the weights, dropout and whatever else Keras draws.

    Returns:
        The networks, untrained.
    """
    keras.utils.set_random_seed(seed)
    return Networks(
        networks.build_generator(settings.dilation_rates, settings.batch_norm_momentum),
        networks.build_discriminator(settings.batch_norm_momentum),
    )


def train(
    both: Networks,
    batches: tf.data.Dataset,
    pictures: tf.Tensor,
    border: masking.Border,
    settings: TrainingSettings,
    log_dir: str,
) -> dict[gan.Phase, keras.callbacks.History]:
    """Trains both networks, phase by phase, in place.

    Args:
        both: The networks.
        batches: One epoch of ({"masked", "mask"}, target), as `dataset.training_batches` makes.
        pictures: float32 [n, 128, 128, 3] in 0-1, for the grid in TensorBoard.
        border: Pixels hidden on each side of them.
        settings: Epochs, learning rates and so on.
        log_dir: Where TensorBoard's logs go: a folder for each phase.

    Returns:
        What `fit` recorded, by phase; phases of 0 epochs are left out.
    """
    histories = {}
    for phase in PHASES:
        plan: PhaseSettings = getattr(settings, phase)
        if plan.epochs:
            callbacks = _callbacks(phase, plan, both, pictures, border, log_dir)
            histories[phase] = train_phase(phase, plan, both, batches, settings, callbacks)
    return histories


def train_phase(
    phase: gan.Phase,
    plan: PhaseSettings,
    both: Networks,
    batches: tf.data.Dataset,
    settings: TrainingSettings,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> keras.callbacks.History:
    """Trains one phase, with a fresh optimizer.

    Args:
        phase: Which networks learn.
        plan: Its epochs and learning rate.
        both: The networks, changed in place.
        batches: One epoch of ({"masked", "mask"}, target).
        settings: Loss region and adversarial weight.
        callbacks: Keras callbacks.

    Returns:
        What `fit` recorded.
    """
    model = gan.GAN(
        both.generator,
        both.discriminator,
        phase=phase,
        region=settings.loss_region,
        adversarial_weight=settings.adversarial_weight,
        batch_statistics=plan.batch_statistics,
    )
    model.compile(optimizer=keras.optimizers.Adam(plan.learning_rate))
    return model.fit(batches, epochs=plan.epochs, verbose=0, callbacks=list(callbacks))


def _callbacks(
    phase: gan.Phase,
    plan: PhaseSettings,
    both: Networks,
    pictures: tf.Tensor,
    border: masking.Border,
    log_dir: str,
) -> list[keras.callbacks.Callback]:
    folder = str(Path(log_dir) / phase)
    callbacks = [
        keras.callbacks.TensorBoard(folder, update_freq="batch", write_graph=False),
        keras.callbacks.TerminateOnNaN(),
        Progress(phase),
    ]
    if phase != "discriminator":  # the generator's pictures do not change there
        masked = masking.hide(pictures, masking.border_mask(border))
        callbacks.append(PictureGrid(folder, both.generator, masked, pictures))
    return callbacks
