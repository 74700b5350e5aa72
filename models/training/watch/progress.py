"""A progress line for training that a person can read, in a terminal or in a log."""

import math
import sys
import time

import keras

from models.training.checkpoints import Span

_REDRAW_SECONDS = 0.5
_SHOWN = ("mse", "val_mse", "discriminator_loss", "real_accuracy", "generated_accuracy")
_LINES = 20  # a phase, where lines cannot be redrawn
_QUIET_SECONDS = 120  # there, of an epoch that lasts


class Progress(keras.callbacks.Callback):
    """Shows phase, epoch, speed, time left and losses.

    In a terminal one line is redrawn; elsewhere a phase prints a line every two minutes, or some
    twenty if it is shorter.
    """

    def __init__(self, span: Span, stream=None):
        """Sets up the line.

        Args:
            span: What is being trained.
            stream: Where it goes; standard error by default.
        """
        super().__init__()
        self._span = span
        self._stream = stream or sys.stderr
        self._started = time.monotonic()
        self._drawn = self._started if not self._stream.isatty() else 0.0
        self._epoch = self._step = self._batches = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Counts."""
        self._batches += 1

    def on_train_batch_end(self, batch, logs=None):
        """Redraws the line now and then."""
        self._step = batch + 1 + self._span.step_offset(self._epoch)
        now = time.monotonic()
        terminal = self._stream.isatty()
        if now - self._drawn < (_REDRAW_SECONDS if terminal else _QUIET_SECONDS):
            return
        self._drawn = now
        line = self._line(logs)
        self._stream.write(f"\r\033[K{line}" if terminal else f"{line}\n")
        self._stream.flush()

    def on_epoch_end(self, epoch, logs=None):
        """Prints a lasting line for every epoch, or every few of many."""
        epochs = self._span.epochs
        last = epoch + 1 == epochs
        if last or (epoch + 1) % math.ceil(epochs / _LINES) == 0:
            self._drawn = time.monotonic()
            start = "\r\033[K" if self._stream.isatty() else ""
            self._stream.write(f"{start}{self._line(logs)}\n")
            self._stream.flush()

    def _line(self, logs) -> str:
        epochs, steps = self._span.epochs, self._span.steps
        elapsed = time.monotonic() - self._started
        left = elapsed / self._batches * (epochs * steps - self._epoch * steps - self._step)
        figures = "  ".join(f"{name} {logs[name]:.4f}" for name in _SHOWN if name in (logs or {}))
        return (
            f"    {self._span.phase:<13} epoch {self._epoch + 1}/{epochs}  "
            f"step {self._step}/{steps}  {_clock(elapsed)} gone, {_clock(left)} left  {figures}"
        )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
