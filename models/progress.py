"""A progress line for training that a person can read, in a terminal or in a log."""

import math
import sys
import time

import keras

_REDRAW_SECONDS = 0.5
_LINES = 20  # a phase, where lines cannot be redrawn


class Progress(keras.callbacks.Callback):
    """Shows phase, epoch, speed, time left and losses.

    In a terminal one line is redrawn; elsewhere a phase prints twenty lines or so at most.
    """

    def __init__(self, phase: str, stream=None):
        """Sets up the line.

        Args:
            phase: What it opens with.
            stream: Where it goes; standard error by default.
        """
        super().__init__()
        self._phase = phase
        self._stream = stream or sys.stderr
        self._started = self._drawn = 0.0
        self._epoch = self._step = self._batches = 0

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self._started = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Redraws the line now and then."""
        self._batches += 1
        self._step = batch + 1
        now = time.monotonic()
        if self._stream.isatty() and now - self._drawn > _REDRAW_SECONDS:
            self._drawn = now
            self._stream.write(f"\r\033[K{self._line(logs)}")
            self._stream.flush()

    def on_epoch_end(self, epoch, logs=None):
        """Prints a lasting line for every epoch, or every few of many."""
        epochs = self.params["epochs"]
        last = epoch + 1 == epochs
        if last or (epoch + 1) % math.ceil(epochs / _LINES) == 0:
            start = "\r\033[K" if self._stream.isatty() else ""
            self._stream.write(f"{start}{self._line(logs)}\n")
            self._stream.flush()

    def _line(self, logs) -> str:
        epochs = self.params["epochs"]
        steps = self.params["steps"] or self._step  # None while an epoch's length is unknown
        elapsed = time.monotonic() - self._started
        left = elapsed / self._batches * (epochs * steps - self._epoch * steps - self._step)
        figures = "  ".join(
            f"{name} {value:.4f}" for name, value in (logs or {}).items() if name != "loss"
        )
        return (
            f"    {self._phase:<13} epoch {self._epoch + 1}/{epochs}  step {self._step}/{steps}  "
            f"{_clock(elapsed)} gone, {_clock(left)} left  {figures}"
        )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
