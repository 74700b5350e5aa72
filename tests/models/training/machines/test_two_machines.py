"""Two processes, each told by TF_CONFIG that it is one of two machines, train together."""

import concurrent.futures
import contextlib
import json
import socket
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.networks.build import Networks
from models.training import devices, loop
from models.training.checkpoints import Checkpoints, Position
from models.training.machines import cluster, fit, shared
from models.training.watch import health
from settings.training import PhaseSettings, TrainingSettings
from tests.models.conftest import (
    Fixed,
    example_batch,
    fresh_process,
    settings,
    tiny_discriminator,
    tiny_generator,
)

EPOCHS = 3
STOPS = Position("generator", 1, 1)  # where two machines are cut short: inside an epoch
OF_BATCH, STEPS = 4, 2


class Interrupted(Exception):
    """In place of what ends a training."""


def _plan() -> TrainingSettings:
    """Moving averages in place of a batch's statistics, which on a part of it are others."""
    plan = PhaseSettings(epochs=EPOCHS, learning_rate=0.01, batch_statistics=False)
    # Clipped always: by the norm of the whole batch's gradient, not of a machine's share.
    return settings().model_copy(update={"generator": plan, "clip_norm": 1e-3})


# What depends on which pictures share a device is not compared.
NAMES = ("loss", "mse", "val_mse", "generator_gradient_norm")


def train(
    strategy: tf.distribute.Strategy | None, pictures: str, folder: str, stops: Position | None
) -> dict[str, list[float]]:
    """Trains the generator on this machine's part of each batch.

    Args:
        strategy: By which.
        pictures: Eight to learn from and two held out, in a file.
        folder: For the checkpoints.
        stops: Where it is cut short.
    """
    worker = cluster.here()
    keras.utils.set_random_seed(1)
    with strategy.scope() if strategy else contextlib.nullcontext():
        both = Networks(tiny_generator(), tiny_discriminator())
    known = np.load(pictures)
    batches = tf.data.Dataset.from_tensor_slices(example_batch(known[:8]))
    batches = batches.batch(OF_BATCH // worker.count).shard(worker.count, worker.index)
    held_out = tf.data.Dataset.from_tensor_slices(example_batch(known[8:])).batch(2)

    def monitor(span, generator) -> list[keras.callbacks.Callback]:
        watch = health.Health(span.phase, lambda text, step: None)
        reached = []

        def stop(batch, logs) -> None:
            if stops and len(reached) == stops.epoch * STEPS + stops.step:
                raise Interrupted
            reached.append(batch)

        return [watch, keras.callbacks.LambdaCallback(on_train_batch_begin=stop)]

    figures = {}
    with contextlib.suppress(Interrupted):
        figures = loop.train(
            both,
            Fixed(batches, held_out),
            _plan(),
            shared.checkpoints(folder, strategy),
            monitor,
            strategy,
            jit_compile=False,
            fit=fit.fit if worker.count > 1 else None,
        )["generator"]
    shared.wait(strategy)
    return figures


def train_twice(pictures: str, own: str, common: str) -> dict:
    """Trains once to the end, and once until it is cut short, each into a folder."""
    strategy = devices.choose_strategy("auto")
    assert strategy is not None
    figures = train(strategy, pictures, own, None)
    train(strategy, pictures, common, STOPS)
    return {"replicas": strategy.num_replicas_in_sync, "figures": figures}


def _ports(count: int) -> list[int]:
    with contextlib.ExitStack() as taken:
        found = [taken.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in found]


def _together(pictures: str, folders: list[Path], common: Path) -> list[dict]:
    """What each of several machines gives."""
    machines = {"worker": [f"localhost:{port}" for port in _ports(len(folders))]}

    def run(index: int) -> dict:
        told = {"cluster": machines, "task": {"type": "worker", "index": index}}
        folders_of_it = f"{str(folders[index])!r}, {str(common)!r}"
        code = f"""
import json
from tests.models.training.machines import test_two_machines
print(json.dumps(test_two_machines.train_twice({pictures!r}, {folders_of_it})))
"""
        done = fresh_process(code, TF_CONFIG=json.dumps(told))
        assert done.returncode == 0, done.stderr
        found: dict = json.loads(done.stdout.splitlines()[-1])
        return found

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(run, range(len(folders))))


@pytest.fixture(scope="module")
def pictures(photographs: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = str(tmp_path_factory.mktemp("pictures") / "pictures.npy")
    np.save(file, np.concatenate([photographs[:8], photographs[7:]]))
    return file


@pytest.fixture(scope="module")
def of_one(pictures: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    return train(None, pictures, str(tmp_path_factory.mktemp("one")), None)


class Two(NamedTuple):
    """Two machines' results, and the folders that each was given to write to."""

    results: list[dict]
    folders: list[Path]
    common: Path


@pytest.fixture(scope="module")
def of_two(pictures: str, tmp_path_factory: pytest.TempPathFactory) -> Two:
    root = tmp_path_factory.mktemp("two")
    folders, common = [root / "chief", root / "worker"], root / "common"
    return Two(_together(pictures, folders, common), folders, common)


def test_two_machines_learn_what_one_does(of_one: dict, of_two: Two) -> None:
    chief, worker = of_two.results
    assert chief["replicas"] == worker["replicas"] == 2
    assert chief["figures"] == worker["figures"]
    assert chief["figures"].keys() == of_one.keys()
    for name in NAMES:
        np.testing.assert_allclose(chief["figures"][name], of_one[name], rtol=1e-3, err_msg=name)
    assert chief["figures"]["loss"][-1] < chief["figures"]["loss"][0]


def test_the_chief_alone_writes(of_two: Two) -> None:
    chief, worker = of_two.folders
    assert Checkpoints(str(chief)).position() == Position("generator", EPOCHS, 0)
    assert not worker.exists()


def test_one_machine_goes_on_where_two_were_cut_short(
    pictures: str, of_one: dict, of_two: Two
) -> None:
    assert Checkpoints(str(of_two.common)).position() == STOPS
    rest = train(None, pictures, str(of_two.common), None)
    for name in NAMES:  # from the epoch on that was cut short, all of it
        np.testing.assert_allclose(rest[name], of_one[name][STOPS.epoch :], rtol=1e-3, err_msg=name)
