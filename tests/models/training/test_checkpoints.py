"""A training killed at any moment goes on to the very weights it would have reached."""

import functools
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from models.images import tfrecords
from models.networks import build
from models.networks.build import Networks
from models.training import loop
from models.training.checkpoints import Checkpoints, Position
from models.training.feed import Options, TrainingFeed
from settings.training import PhaseSettings, TrainingSettings
from tests.models.conftest import fresh_process, tiny_discriminator, tiny_generator

# Two steps an epoch, with two pictures held out of ten.
OPTIONS = Options(
    batch_size=4,
    shuffle_images=5,
    flip=True,
    crop=True,
    held_out_images=2,
    cache_bytes=10**9,
    seed=3,
)
PLAN = TrainingSettings(
    generator=PhaseSettings(epochs=2, learning_rate=0.01),
    discriminator=PhaseSettings(epochs=1, learning_rate=0.01),
    gan=PhaseSettings(epochs=2, learning_rate=0.01, decay="cosine"),
    checkpoint_seconds=0,
)
STEPS = 10  # of all phases


class Killed(Exception):
    """In place of what ends a Trainer."""


class KillAfter(keras.callbacks.Callback):
    def __init__(self, steps: Iterator[int], how) -> None:
        super().__init__()
        self._steps = steps
        self._how = how

    def on_train_batch_end(self, batch, logs=None) -> None:
        if next(self._steps) == 0:
            self._how()


load_transform = functools.cache(tfrecords.load_transform)


def train(
    examples: str, transform_graph: str, folder: str, kill_after: int = STEPS + 1, how=None
) -> tuple[Networks, loop.FiguresByPhase]:
    """Trains tiny networks on real pictures, from the start or from what the folder holds."""
    build.set_seed(OPTIONS.seed)
    transform = load_transform(transform_graph)
    feed = TrainingFeed([examples], transform, (32, 32, 32, 32), OPTIONS)
    both = Networks(tiny_generator(), tiny_discriminator())
    countdown = iter(range(kill_after - 1, -STEPS, -1))

    def monitor(span, generator):
        return [KillAfter(countdown, how)]

    return both, loop.train(both, feed, PLAN, Checkpoints(folder), monitor)


def weights(both: Networks) -> list[np.ndarray]:
    return [np.array(variable) for network in both for variable in network.variables]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the training without interruption."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(sample_examples: Path, transform_graph: str, folder: Path):
    """A training without interruption."""
    return train(str(sample_examples), transform_graph, str(folder))


def test_two_runs_of_a_seed_give_the_same_weights(
    whole, sample_examples: Path, transform_graph: str, tmp_path: Path
) -> None:
    again, figures = train(str(sample_examples), transform_graph, str(tmp_path))
    assert figures == whole[1]
    for one, other in zip(weights(whole[0]), weights(again), strict=True):
        np.testing.assert_array_equal(one, other)


# Within an epoch, and at the end of each phase; the test after this one kills within another.
@pytest.mark.parametrize("kill_after", [1, 4, 6, 10])
def test_a_training_that_raises_goes_on_to_the_same_weights(
    whole, sample_examples: Path, transform_graph: str, tmp_path: Path, kill_after: int
) -> None:
    def fail() -> None:
        raise Killed

    folder = str(tmp_path)
    with pytest.raises(Killed):
        train(str(sample_examples), transform_graph, folder, kill_after, fail)
    both, figures = train(str(sample_examples), transform_graph, folder)
    for one, other in zip(weights(whole[0]), weights(both), strict=True):
        np.testing.assert_array_equal(one, other)
    # The figures of the epoch it was cut short in are those of the whole epoch.
    for phase, by_name in figures.items():
        for name, values in by_name.items():
            assert values == whole[1][phase][name][-len(values) :]


def test_a_training_that_is_killed_goes_on_to_the_same_weights(
    whole, sample_examples: Path, transform_graph: str, tmp_path: Path
) -> None:
    arguments = [str(sample_examples), transform_graph, str(tmp_path)]
    code = f"""
import os, signal
from tests.models.training import test_checkpoints
test_checkpoints.train(*{arguments!r}, 8, lambda: os.kill(os.getpid(), signal.SIGKILL))
"""
    done = fresh_process(code)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert Checkpoints(str(tmp_path)).position() == Position("gan", 0, 1)
    both, _ = train(*arguments)
    for one, other in zip(weights(whole[0]), weights(both), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_finished_training_is_only_loaded(
    whole, sample_examples: Path, transform_graph: str, folder: Path
) -> None:
    again, figures = train(str(sample_examples), transform_graph, str(folder))
    assert figures == {"gan": {}}
    for one, other in zip(weights(whole[0]), weights(again), strict=True):
        np.testing.assert_array_equal(one, other)


def test_old_checkpoints_are_removed_and_the_best_generator_is_what_remains(
    whole, folder: Path
) -> None:
    both, figures = whole
    files = sorted(os.listdir(folder))
    assert files == ["best-gan.npz", "best.json", "gan-2-0.npz", "state.json"]
    best = json.loads((folder / "best.json").read_text())
    assert best["phase"] == "gan"
    assert best["error"] == min(figures["gan"]["val_mse"])
    with np.load(folder / "best-gan.npz") as saved:
        for array, variable in zip(saved.values(), both.generator.weights, strict=True):
            np.testing.assert_array_equal(array, variable)
