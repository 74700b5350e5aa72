"""The training loop: phase after phase, from where it was cut short. Knows no backend."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import keras

from models.networks.build import Networks
from models.training import dispatch, optimizers
from models.training.adversarial.gan import GAN
from models.training.adversarial.phases import PHASES, Phase
from models.training.adversarial.projected import ProjectedGANPhase
from models.training.checkpoints import Checkpoints, Position, Saver, Span
from settings.training import PhaseSettings, TrainingSettings

_LOG = logging.getLogger(__name__)

_FINAL_RATE = 0.05  # of the learning rate, where it decays
_WARM_UP = 0.02  # of the steps, likewise

_ORDER = tuple(PHASES)
_OPTIMIZERS = {"adam": optimizers.WatchedAdam, "muon": optimizers.WatchedMuon}

Figures = dict[str, list[float]]  # by name, a value an epoch
FiguresByPhase = dict[Phase, Figures]
Fit = Callable[..., Figures]  # as `dispatch.by_keras`
Monitor = Callable[[Span, keras.Model], Sequence[keras.callbacks.Callback]]


def no_callbacks(span: Span, generator: keras.Model) -> Sequence[keras.callbacks.Callback]:
    """Watches nothing."""
    return ()


class Feed(Protocol):
    """Where batches come from: `feed.TrainingFeed`, for one."""

    @property
    def steps(self) -> int:
        """Batches an epoch."""

    @property
    def held_out(self) -> Any:
        """Batches of pictures that are never learnt from; None if there are none."""

    def batches(self, salt: int, first: Position, epochs: int) -> Any:
        """Batches ({"masked", "mask"}, target) from a position to the end of the epochs.

        The same arguments give the same batches; another salt gives others.
        """


def train(
    both: Networks,
    feed: Feed,
    settings: TrainingSettings,
    checkpoints: Checkpoints,
    monitor: Monitor = no_callbacks,
    strategy: Any = None,
    jit_compile: bool | Literal["auto"] = "auto",
    fit: Fit | None = None,
) -> FiguresByPhase:
    """Trains both networks, phase by phase, in place; goes on where it was cut short.

    Args:
        both: The networks, built under the strategy's scope. At the end the generator is the
            best on held-out pictures of the last phase that trained it, unless the settings
            want the last.
        feed: Batches, in an order that depends on seed, phase and epoch alone.
        settings: Epochs, learning rates and so on.
        checkpoints: Where the state is kept. What it holds must come from the same settings.
        monitor: Makes the callbacks of a phase.
        strategy: A tf.distribute.Strategy, or None for one device.
        jit_compile: Whether steps are compiled; `auto` is Keras's choice.
        fit: What makes the steps; None for Keras.

    Returns:
        What `fit` recorded in this call, by phase.
    """
    figures: FiguresByPhase = {}
    reached = checkpoints.position()
    if reached:
        _LOG.info("going on at %s phase, epoch %d, step %d", *reached)
    for phase in _ORDER[_ORDER.index(reached.phase) if reached else 0 :]:
        plan: PhaseSettings = getattr(settings, phase)
        if not plan.runs:
            continue
        model = compiled(phase, both, settings, feed.steps, strategy, jit_compile)
        if reached and reached.phase == phase:
            checkpoints.restore(model)
            first = reached
            if first.step >= feed.steps:  # on fewer machines an epoch may have had more
                first = Position(phase, first.epoch + 1, 0)
        else:
            first = Position(phase, 0, 0)
        epochs = plan.epochs_of(feed.steps * settings.batch_size)
        span = Span(phase, epochs, feed.steps, first)
        callbacks = [
            *monitor(span, both.generator),
            Saver(checkpoints, span, settings.checkpoint_seconds),
            keras.callbacks.TerminateOnNaN(),
        ]
        figures[phase] = run_phase(model, feed, span, callbacks, fit or dispatch.by_keras)
        if plan.ema is not None:
            model.optimizer.finalize_variable_values(model.trainable_variables)
        if model.stop_training:  # on NaN, which the health watch has told
            break
    if settings.export == "best":
        checkpoints.load_best(both.generator)
    return figures


def compiled(
    phase: Phase,
    both: Networks,
    settings: TrainingSettings,
    steps: int,
    strategy: Any = None,
    jit_compile: bool | Literal["auto"] = "auto",
) -> GAN:
    """Makes the model of a phase, with a fresh optimizer, ready for `fit`.

    Args:
        phase: Which networks learn.
        both: The networks.
        settings: Learning rate, loss region and so on.
        steps: Batches an epoch.
        strategy: A tf.distribute.Strategy, or None for one device.
        jit_compile: Whether steps are compiled; `auto` is Keras's choice.

    Returns:
        The model.
    """
    plan: PhaseSettings = getattr(settings, phase)
    rate: Any = plan.learning_rate
    if plan.decay == "cosine":
        rate = _cosine(rate, plan.epochs_of(steps * settings.batch_size) * steps)
    with strategy.scope() if strategy else contextlib.nullcontext():
        model = _kind(phase, both.discriminator)(
            both.generator,
            both.discriminator,
            region=settings.loss_region,
            adversarial_weight=settings.adversarial_weight,
            batch_statistics=plan.batch_statistics,
            replicas=strategy.num_replicas_in_sync if strategy else 1,
        )
        optimizer = _optimizer(plan, rate, model, settings, strategy)
        model.compile(optimizer=optimizer, jit_compile=jit_compile)
        model.optimizer.build(model.trainable_variables)
    return model


def _kind(phase: Phase, discriminator: keras.Model) -> type[GAN]:
    if phase == "gan" and hasattr(discriminator, "projection"):
        return ProjectedGANPhase
    return PHASES[phase]


def _optimizer(
    plan: PhaseSettings, rate: Any, model: GAN, settings: TrainingSettings, strategy: Any
) -> keras.optimizers.Optimizer:
    options: dict[str, Any] = {
        "clip_norm": settings.clip_norm,
        "rates": {"discriminator": plan.discriminator_rate},
        "beta_1": plan.betas[0],
        "beta_2": plan.betas[1],
    }
    if strategy:
        from models.training import devices  # TensorFlow's, where there is a strategy

        options["add_up"] = devices.add_up
    if plan.ema is not None:
        options |= {"use_ema": True, "ema_momentum": plan.ema}
    if plan.optimizer == "muon":
        layers = model.generator.layers + model.discriminator.layers
        options["transposed"] = [
            layer.kernel for layer in layers if isinstance(layer, keras.layers.Conv2DTranspose)
        ]
    return _OPTIMIZERS[plan.optimizer](rate, model.groups(), **options)


def _cosine(rate: float, steps: int) -> Any:
    """From nothing to the rate, while the optimizer learns how large gradients are, and down."""
    warm_up = int(steps * _WARM_UP)
    schedule = keras.optimizers.schedules.CosineDecay
    if not warm_up:
        return schedule(rate, steps, _FINAL_RATE)
    return schedule(0.0, steps - warm_up, _FINAL_RATE, warmup_target=rate, warmup_steps=warm_up)


def run_phase(
    model: GAN, feed: Feed, span: Span, callbacks: Sequence[keras.callbacks.Callback], fit: Fit
) -> Figures:
    """Trains a phase from a position to its end.

    Args:
        model: Of the phase.
        feed: Batches.
        span: Which of them are left.
        callbacks: Called as it goes.
        fit: Trains whole epochs.

    Returns:
        A value an epoch, by name.
    """
    salt = _ORDER.index(span.phase)
    figures: Figures = {}

    def go_on(first: Position, epochs: int) -> None:
        batches, steps = feed.batches(salt, first, epochs), span.steps - first.step
        found = fit(model, batches, feed.held_out, first, epochs, steps, callbacks)
        for name, values in found.items():
            figures.setdefault(name, []).extend(values)

    first = span.first
    if first.step:  # the rest of an epoch, which is shorter than the others
        go_on(first, first.epoch + 1)
        first = Position(span.phase, first.epoch + 1, 0)
    if first.epoch < span.epochs and not model.stop_training:
        go_on(first, span.epochs)
    return figures
