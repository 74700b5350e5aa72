"""When callbacks hear of batches: not so often that the device waits for them."""

import time
from typing import Any

import keras

from models.training.adversarial.gan import Figure

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
