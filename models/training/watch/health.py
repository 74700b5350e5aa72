"""Watches a training for what goes wrong silently: dead networks, collapse, numbers gone mad.

Pure Keras 3, for any backend.
"""

import logging
import math
from collections.abc import Callable, Mapping

import keras
from keras import ops

from models.training.optimizers import GRADIENT_NORM

_LOG = logging.getLogger(__name__)

CHECK_EVERY = 100  # batches; no verdict on what is learnt is given before as many
_ALIKE = 0.05  # a discriminator that gives fewer than this the rarer answer gives all the same
_WINNING = 0.99  # accuracy from which the generator has nothing to hold on to
_SATURATED = 0.5  # share of values at the ends of the range
_COLLAPSED = 0.05  # variety of generated pictures as a share of the photographs'
_EXPLODING = 1e3  # gradient norms
_VANISHING = 1e-7


def findings(phase: str, logs: Mapping[str, float], steps: int) -> dict[str, str]:
    """Judges the figures of a phase so far.

    Args:
        phase: `generator`, `discriminator` or `gan`.
        logs: Figures by name: losses, accuracies, shares and gradient norms.
        steps: Batches the phase has seen.

    Returns:
        What is wrong: a short name and a sentence with the remedy; empty if all is well.
    """
    bad = [name for name, value in logs.items() if not math.isfinite(value)]
    if bad:
        return {"nan": f"{', '.join(bad)} is no number: lower training.{phase}.learning_rate"}
    if steps < CHECK_EVERY:
        return {}
    return {**_of_discriminator(phase, logs), **_of_generator(logs), **_of_gradients(phase, logs)}


def _of_discriminator(phase: str, logs: Mapping[str, float]) -> dict[str, str]:
    if "real_accuracy" not in logs:
        return {}
    real, generated = logs["real_accuracy"], logs["generated_accuracy"]
    if min(real, generated) < _ALIKE and max(real, generated) > 1 - _ALIKE:
        return {
            "dead discriminator": "the discriminator gives all pictures the same answer: lower "
            f"training.{phase}.learning_rate"
        }
    if phase == "gan" and min(real, generated) > _WINNING:
        return {
            "winning discriminator": "the discriminator is hardly ever wrong, so the generator "
            "learns little from it: fewer training.discriminator.epochs, or a lower learning rate"
        }
    return {}


def _of_generator(logs: Mapping[str, float]) -> dict[str, str]:
    found = {}
    if logs.get("saturated", 0.0) > _SATURATED:
        found["saturated output"] = (
            f"{logs['saturated']:.0%} of the generated values are black or white: lower the "
            "generator's learning rate"
        )
    if logs.get("variety", 1.0) < _COLLAPSED:
        found["collapsed output"] = (
            "the generator gives every picture the same surroundings: lower its learning rate "
            "or training.adversarial_weight"
        )
    return found


def _of_gradients(phase: str, logs: Mapping[str, float]) -> dict[str, str]:
    found = {}
    for name, value in logs.items():
        network = name.removesuffix(GRADIENT_NORM)
        if network == name:
            continue
        if value > _EXPLODING:
            found[f"exploding {network}"] = (
                f"the {network}'s gradient has grown to {value:.0f}: lower "
                f"training.{phase}.learning_rate"
            )
        elif value < _VANISHING:
            found[f"vanishing {network}"] = (
                f"the {network}'s gradient has vanished ({value:.0e}): it no longer learns"
            )
    return found


class Health(keras.callbacks.Callback):
    """Says once a phase, in the log and wherever else is wanted, what goes wrong in it.

    Adds the gradient norms to each epoch's figures; put it before what writes these.
    """

    def __init__(self, phase: str, tell: Callable[[str, int], None], steps_before: int = 0):
        """Sets up the watch.

        Args:
            phase: `generator`, `discriminator` or `gan`.
            tell: Called with each finding and the batch at which it was made.
            steps_before: Batches the phase has seen already.
        """
        super().__init__()
        self._phase = phase
        self._tell = tell
        self._steps = self._checked = steps_before
        self._told: set[str] = set()

    def on_train_batch_begin(self, batch, logs=None):
        """Counts."""
        self._steps += 1

    def on_train_batch_end(self, batch, logs=None):
        """Checks now and then, as an epoch may last for hours; for NaN, always."""
        due = self._steps // CHECK_EVERY > self._checked // CHECK_EVERY
        if due or not math.isfinite((logs or {}).get("loss", 0.0)):
            self._checked = self._steps
            self._check({**(logs or {}), **self._norms()})

    def on_epoch_end(self, epoch, logs=None):
        """Adds the gradient norms to the figures and checks them all."""
        logs = {} if logs is None else logs
        logs.update(self._norms())
        self._check(logs)

    def _norms(self) -> dict[str, float]:
        norms = getattr(self.model.optimizer, "norms", {})
        # Not float(norm): under a strategy it is a variable of several devices.
        return {
            f"{name}{GRADIENT_NORM}": float(ops.convert_to_numpy(norm))
            for name, norm in norms.items()
        }

    def _check(self, logs: Mapping[str, float]) -> None:
        for name, sentence in findings(self._phase, logs, self._steps).items():
            if name not in self._told:
                self._told.add(name)
                _LOG.warning("%s phase, batch %d: %s", self._phase, self._steps, sentence)
                self._tell(f"{name}: {sentence}", self._steps)
