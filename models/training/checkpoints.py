"""Keeps a training's state on disk, so that one cut short goes on to the same weights.

A folder holds the newest checkpoint, `state.json` that says which it is, and the generator that
was best on held-out pictures. Each file is complete before a name points to it, so that a kill
at any moment leaves a folder that can be used.
"""

import io
import json
import math
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import keras
import numpy as np

from models.training import files

_STATE = "state.json"
_BEST = "best.json"
_SUFFIX = ".npz"


class Position(NamedTuple):
    """How far a training has come: so many whole epochs of a phase, and steps of the next."""

    phase: str
    epoch: int
    step: int


class Span(NamedTuple):
    """What is to be done of a phase: from a position to the end of its epochs."""

    phase: str
    epochs: int
    steps: int  # an epoch
    first: Position

    def step_offset(self, epoch: int) -> int:
        """Steps of an epoch that were done before."""
        return self.first.step if epoch == self.first.epoch else 0

    @property
    def steps_before(self) -> int:
        """Steps of the phase that were done before."""
        return self.first.epoch * self.steps + self.first.step


class Checkpoints:
    """A folder of checkpoints, local or remote."""

    def __init__(self, folder: str):
        """Names the folder.

        Args:
            folder: Made when something is first saved.
        """
        self.folder = folder

    def position(self) -> Position | None:
        """Says how far the training has come; None if nothing was saved."""
        state = self._read(_STATE)
        return Position(**state["position"]) if state else None

    def precision(self) -> Literal["float32", "bfloat16"] | None:
        """Says what the training computes in, by `settings.training.precision`'s names.

        Another machine may prefer another; a training goes on as it began.
        """
        state = self._read(_STATE)
        return state["precision"] if state else None

    def save(self, model: keras.Model, position: Position) -> None:
        """Saves networks, optimizer, running figures and random states.

        Args:
            model: The GAN of the position's phase, with its optimizer built.
            position: Where the training is.
        """
        name = f"{position.phase}-{position.epoch}-{position.step}{_SUFFIX}"
        self._write_variables(_state_of(model), name)
        precision = keras.config.dtype_policy().name.removeprefix("mixed_")
        self._write(
            _STATE,
            {"position": position._asdict(), "precision": precision, "variables": name},
        )
        self._prune({name})

    def restore(self, model: keras.Model) -> None:
        """Loads what was saved last.

        Args:
            model: The GAN of the saved position's phase, with its optimizer built.

        Raises:
            FileNotFoundError: If nothing was saved.
        """
        state = self._read(_STATE)
        if not state:
            raise FileNotFoundError(f"no checkpoint in {self.folder}")
        self._load_variables(_state_of(model), state["variables"])

    def offer_best(self, generator: keras.Model, phase: str, error: float) -> None:
        """Keeps a generator if it is the best of its phase so far, or the first of it.

        Args:
            generator: The network.
            phase: Where it was trained. A later phase starts anew: it trades pixels for
                likeness on purpose, so its errors do not compare with an earlier one's.
            error: What it makes on held-out pictures.
        """
        best = self._read(_BEST)
        if not math.isfinite(error):
            return
        if best and best["phase"] == phase and best["error"] <= error:
            return
        name = f"best-{phase}{_SUFFIX}"
        self._write_variables(generator.weights, name)
        self._write(_BEST, {"phase": phase, "error": error, "variables": name})

    def load_best(self, generator: keras.Model) -> dict[str, Any] | None:
        """Loads the best generator of the last phase that trained one.

        Args:
            generator: Changed in place, if one was kept.

        Returns:
            Its phase and error, or None if none was kept.
        """
        best = self._read(_BEST)
        if best:
            self._load_variables(generator.weights, best["variables"])
        return best

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _read(self, name: str) -> dict[str, Any] | None:
        content = files.read(self._path(name))
        return None if content is None else json.loads(content)

    def agree(self, due: bool) -> bool:
        """Decides whether to save now.

        Args:
            due: Whether it is time by the clock of this machine.
        """
        return due

    def _write(self, name: str, content: dict[str, Any]) -> None:
        self._put(name, json.dumps(content).encode())

    def _write_variables(self, variables: Sequence[Any], name: str) -> None:
        arrays = [keras.ops.convert_to_numpy(variable) for variable in variables]
        content = io.BytesIO()
        np.savez(content, *arrays)
        self._put(name, content.getvalue())

    def _put(self, name: str, content: bytes) -> None:
        files.write(self._path(name), content)

    def _load_variables(self, variables: Sequence[Any], name: str) -> None:
        content = files.read(self._path(name))
        if content is None:
            raise FileNotFoundError(self._path(name))
        arrays = list(np.load(io.BytesIO(content)).values())
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def _prune(self, keep: set[str]) -> None:
        best = self._read(_BEST)
        if best:
            keep = keep | {best["variables"]}
        for name in files.names(self.folder):
            if _SUFFIX in name and name not in keep:
                files.remove(self._path(name))


def _state_of(model: keras.Model) -> list[Any]:
    # Keras's own files leave out the states of random generators, which dropout draws from.
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


class Saver(keras.callbacks.Callback):
    """Saves now and then, and at the end of a phase; keeps the best generator."""

    def __init__(self, checkpoints: Checkpoints, span: Span, seconds: float):
        """Sets up the saving.

        Args:
            checkpoints: Where to.
            span: What is being trained.
            seconds: Time between two checkpoints, at least.
        """
        super().__init__()
        self._checkpoints = checkpoints
        self._span = span
        self._seconds = seconds
        self._saved = time.monotonic()
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Puts back the running figures of an epoch cut short: `fit` has just reset them."""
        self._epoch = epoch
        if self._span.step_offset(epoch):
            self._checkpoints.restore(self.model)

    def on_train_batch_end(self, batch, logs=None):
        """Saves inside an epoch, which may last for hours."""
        step = batch + 1 + self._span.step_offset(self._epoch)
        if step < self._span.steps and self._due(logs):
            self._save(Position(self._span.phase, self._epoch, step))

    def on_epoch_end(self, epoch, logs=None):
        """Offers the generator as the best, and saves if it is time or the phase is over."""
        logs = logs or {}
        if "val_mse" in logs:
            self._checkpoints.offer_best(self.model.generator, self._span.phase, logs["val_mse"])
        last = epoch + 1 == self._span.epochs and math.isfinite(logs.get("loss", 0.0))
        if last or self._due(logs):
            self._save(Position(self._span.phase, epoch + 1, 0))

    def _due(self, logs) -> bool:
        healthy = math.isfinite((logs or {}).get("loss", 0.0))  # or NaN would be resumed
        passed = time.monotonic() - self._saved >= self._seconds
        return healthy and self._checkpoints.agree(passed)

    def _save(self, position: Position) -> None:
        self._checkpoints.save(self.model, position)
        self._saved = time.monotonic()
