"""The same training on another backend: Keras reads its name once, so in a process of its own."""

import contextlib
import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.networks.build import Networks
from models.training import loop
from models.training.adversarial.phases import PHASES
from models.training.checkpoints import Checkpoints, Position
from models.training.watch import health
from tests.models.conftest import (
    ROOT,
    Fixed,
    example_batch,
    fresh_process,
    settings,
    tiny_discriminator,
    tiny_generator,
)


class Cut(Exception):
    """In place of what ends a training."""


class Watch(keras.callbacks.Callback):
    """Notes which networks each step moves, and ends the training where it is told to."""

    def __init__(self, phase: str, both: Networks, end: Position | None) -> None:
        super().__init__()
        self._phase, self._both, self._end = phase, both, end
        self.moved: list[list[bool]] = []

    def on_epoch_begin(self, epoch, logs=None) -> None:
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None) -> None:
        if self._end == (self._phase, self._epoch, batch):
            raise Cut
        self._before = self._weights()

    def on_train_batch_end(self, batch, logs=None) -> None:
        pairs = zip(self._before, self._weights(), strict=True)
        self.moved.append([not np.array_equal(*pair) for pair in pairs])

    def _weights(self) -> list[np.ndarray]:
        assert self.model.built  # to ask for the model is what brings the weights out of JAX
        return [np.concatenate([np.ravel(w) for w in n.get_weights()]) for n in self._both]


def train(pictures: str, folder: str, ends: list[Position | None]) -> dict:
    """Trains, once for each end, each time with new networks but for what the folder holds."""
    feed = Fixed(tf.data.Dataset.from_tensor_slices(example_batch(np.load(pictures))).batch(2))
    moved = {}
    figures = {}
    for end in ends:
        keras.utils.set_random_seed(1)
        both = Networks(tiny_generator(), tiny_discriminator())

        def monitor(span, generator, both=both, end=end) -> list[keras.callbacks.Callback]:
            watch = Watch(span.phase, both, end)
            moved[span.phase] = watch.moved
            return [health.Health(span.phase, lambda text, step: None), watch]

        with contextlib.suppress(Cut):
            plan = settings(generator=1, discriminator=1, gan=1)
            figures = loop.train(both, feed, plan, Checkpoints(folder), monitor)
    return {
        "backend": keras.backend.backend(),
        "position": Checkpoints(folder).position(),
        "moved": moved,
        "figures": figures,
        "weights": [np.ravel(w).tolist() for network in both for w in network.get_weights()],
    }


@pytest.fixture(scope="module")
def runs(photographs: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """One training as a whole, and one that is cut short twice."""
    folder = tmp_path_factory.mktemp("jax")
    np.save(folder / "pictures.npy", photographs[:4])
    cuts = [Position("generator", 0, 1), Position("gan", 0, 1), None]
    arguments = [
        (str(folder / "pictures.npy"), str(folder / "whole"), [None]),
        (
            str(folder / "pictures.npy"),
            str(folder / "cut"),
            [tuple(c) if c else None for c in cuts],
        ),
    ]
    code = f"""
import json
from tests.models.training import test_jax_backend
print(json.dumps([test_jax_backend.train(*each) for each in {arguments!r}]))
"""
    done = fresh_process(code, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_two_steps_of_each_phase_move_the_networks_that_learn(runs: list[dict]) -> None:
    whole, _ = runs
    assert whole["backend"] == "jax"
    assert whole["moved"] == {
        "generator": [[True, False]] * 2,
        "discriminator": [[False, True]] * 2,
        "gan": [[True, True]] * 2,
    }
    assert list(whole["figures"]) == list(PHASES)
    for phase, figures in whole["figures"].items():
        assert all(math.isfinite(value) for values in figures.values() for value in values)
        norms = {name for name in figures if name.endswith("_gradient_norm")}
        learning = [phase] if phase != "gan" else ["generator", "discriminator"]
        assert norms == {f"{network}_gradient_norm" for network in learning}
        assert all(figures[name][0] > 0 for name in norms)


def test_a_training_cut_short_goes_on_to_the_same_weights(runs: list[dict]) -> None:
    whole, cut = runs
    assert cut["position"] == whole["position"] == ["gan", 1, 0]
    assert list(cut["figures"]) == ["gan"]  # the rest was done before
    assert cut["weights"] == whole["weights"]


def test_muon_is_the_same_there() -> None:
    # Without conftest.py, which sets the backend, and without the property over many shapes, each
    # of which JAX compiles anew: another test takes kernels wider and taller than wide.
    code = f"""
import keras, pytest
assert keras.backend.backend() == "jax"
options = ["-q", "--noconftest", "-p", "no:cacheprovider", "-k", "not evens_out"]
sys.exit(pytest.main([*options, {str(ROOT / "tests/models/training/test_optimizers.py")!r}]))
"""
    done = fresh_process(code, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stdout + done.stderr
