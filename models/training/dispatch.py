"""Keras's `fit`, with callbacks that hear of batches, but not so often that the device waits."""

import time
from collections.abc import Sequence
from typing import Any

import keras

from models.training.adversarial.gan import GAN, Figure
from models.training.checkpoints import Position

_SECONDS = 0.25  # between two calls, if steps are short


class PacedCallbacks(keras.callbacks.CallbackList):
    """Keras's list of callbacks, which hears of the end of some batches alone.

    Whatever reads a figure waits until the device has come to it, and the device then waits for the
    next step to be sent: on a GPU that cost more than the step. So callbacks are called four times
    a second, with the last batch so far, and at the end of each epoch; after every batch where
    that takes longer. `Figure` keeps what the batches between had.
    """

    def __init__(self, callbacks: list[keras.callbacks.Callback], model: Any, **params: int):
        """Sets up the list.

        Args:
            callbacks: Whom to call.
            model: The model that `fit` trains.
            **params: `epochs`, and `steps` of each.
        """
        super().__init__(callbacks, add_history=True, model=model, **params)
        self._last = params["steps"] - 1
        self._unheard = 0
        self._called = 0.0

    def on_train_batch_end(self, batch, logs=None):
        """Calls the callbacks if it is time."""
        self._unheard += 1
        early = time.monotonic() - self._called < _SECONDS and self._unheard < Figure.KEPT
        if early and batch < self._last:
            return
        super().on_train_batch_end(batch, logs)
        self._unheard = 0
        self._called = time.monotonic()


def by_keras(
    model: GAN,
    batches: Any,
    held_out: Any,
    first: Position,
    epochs: int,
    steps: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> dict[str, list[float]]:
    """Trains a model by Keras's own `fit`.

    Args:
        model: Compiled.
        batches: From a position to the end of the epochs.
        held_out: Batches to evaluate after each epoch; None if there are none.
        first: The position.
        epochs: The end, counted from the very first.
        steps: Batches of each of these epochs.
        callbacks: They hear of the end of epochs, and of some batches.

    Returns:
        A value an epoch, by name.
    """
    figures: dict[str, list[float]] = model.fit(
        batches,
        initial_epoch=first.epoch,
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=held_out,
        callbacks=PacedCallbacks(list(callbacks), model, epochs=epochs, steps=steps),
        shuffle=False,  # the batches come shuffled; Keras 3.15 warns where it is not said
        verbose=0,
    ).history
    return figures
