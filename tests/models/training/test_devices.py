"""Precision and strategy: chosen as asked for, and training comes to the same with either."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.networks import report, unet
from models.networks.build import Networks
from models.training import devices, loop
from models.training.checkpoints import Checkpoints
from models.training.watch import health
from settings.training import PhaseSettings
from tests.models.conftest import (
    Fixed,
    example_batch,
    fresh_process,
    settings,
    tiny_discriminator,
    tiny_generator,
)

Build = Callable[[], Networks]


@pytest.mark.parametrize(
    ("wanted", "available", "faster", "expected"),
    [
        ("auto", True, True, True),
        ("auto", True, False, False),
        ("auto", False, True, False),
        ("bfloat16", False, False, True),
        ("float32", True, True, False),
    ],
)
def test_auto_takes_bfloat16_where_there_is_some_and_it_is_faster(
    wanted: devices.Precision, available: bool, faster: bool, expected: bool
) -> None:
    timed = []

    def seconds(dtype: tf.DType) -> float:
        timed.append(dtype)
        return {tf.float32: 2.0, tf.bfloat16: 1.0 if faster else 3.0}[dtype]

    assert devices._wants_bfloat16(wanted, lambda: available, seconds) is expected
    assert set(timed) == ({tf.float32, tf.bfloat16} if wanted == "auto" and available else set())


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_the_trial_convolution_runs_here(dtype: tf.DType) -> None:
    assert devices.seconds_of_convolution(dtype) > 0


@pytest.mark.parametrize(
    ("wanted", "name"), [("float32", "float32"), ("bfloat16", "mixed_bfloat16")]
)
def test_precision_holds_inside_and_is_put_back(wanted: devices.Precision, name: str) -> None:
    before = keras.config.dtype_policy()
    with devices.precision(wanted) as policy:
        assert policy == keras.config.dtype_policy().name == name
    assert keras.config.dtype_policy() is before
    with pytest.raises(KeyError), devices.precision(wanted):
        raise KeyError
    assert keras.config.dtype_policy() is before


def test_networks_compute_in_bfloat16_between_float32_ends(photographs: np.ndarray) -> None:
    with devices.precision("bfloat16"):
        built = (report.build_generator(), report.build_discriminator())
    for network in built:
        assert {variable.dtype for variable in network.trainable_variables} == {"float32"}
        *inner, last = (layer for layer in network.layers if layer.weights)
        assert {layer.compute_dtype for layer in inner} == {"bfloat16"}
        assert last.compute_dtype == "float32"
    # On real pictures, and outside of the context that they were built in.
    generated = built[0](photographs[:1])
    assert generated.dtype == built[1](generated).dtype == tf.float32
    assert len(np.unique(generated)) > 256  # which bfloat16's 8 bits could not tell apart


def test_training_in_bfloat16_loses_little_and_next_to_nothing_where_sums_are_exact(
    tiny_networks: Build, batches: tf.data.Dataset, tmp_path: Path
) -> None:
    losses = {}
    for wanted in ("float32", "bfloat16"):
        with devices.precision(wanted):
            both = tiny_networks()
        plan = settings(generator=8)
        saved = Checkpoints(str(tmp_path / wanted))
        figures = loop.train(both, Fixed(batches), plan, saved)
        losses[wanted] = np.array(figures["generator"]["loss"])
    assert np.any(losses["bfloat16"] != losses["float32"])
    # A value of 8 bits is off by at most 1/512, an activation of few such layers by a few of it.
    # Where bfloat16 is emulated, sums are rounded as well, and gradients are of 32,768 pixels.
    tolerance = 0.02 if devices.adds_in_float32() else 0.15
    np.testing.assert_allclose(losses["bfloat16"], losses["float32"], rtol=tolerance)
    assert losses["bfloat16"][-1] < 0.8 * losses["bfloat16"][0]  # and it learns


@pytest.mark.parametrize(("flags", "exact"), [(set(), True), ({"avx512_bf16"}, False)])
def test_bfloat16_that_is_emulated_is_not_to_be_had_and_asking_for_it_is_told(
    flags: set[str], exact: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr(devices, "_cpu_flags", lambda: flags)
    monkeypatch.setattr(devices, "adds_in_float32", lambda: exact)
    assert not devices.has_bfloat16()
    with devices.precision("auto") as policy:
        assert policy == "float32"
    assert not caplog.records
    with devices.precision("bfloat16") as policy:
        assert policy == "mixed_bfloat16"
    assert "emulated here: slower and less exact" in caplog.text


@pytest.mark.parametrize("wanted", ["none", "auto"])
def test_one_device_needs_no_strategy(wanted: devices.Strategy) -> None:
    assert devices.choose_strategy(wanted) is None


def test_a_tpu_that_is_not_there_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(ValueError, match=r"training\.strategy is tpu.*use auto"):
        devices.choose_strategy("tpu")


class Interrupted(Exception):
    """In place of what ends a training."""


def trained(wanted: devices.Strategy, alike: bool, pictures: str, folder: str) -> dict:
    """Trains the generator for three epochs of two steps, cut short after the first step.

    Args:
        wanted: How.
        alike: Whether both halves of a batch are the same, so that BatchNorm's statistics of a
            half are those of the whole. If not, it uses its moving averages.
        pictures: Eight, in a file.
        folder: For the checkpoints.
    """
    strategy = devices.choose_strategy(wanted)
    chosen = np.load(pictures)[[0, 1, 0, 1, 2, 3, 2, 3] if alike else slice(8)]
    feed = Fixed(tf.data.Dataset.from_tensor_slices(example_batch(chosen)).batch(4))
    keras.utils.set_random_seed(1)
    with strategy.scope() if strategy else contextlib.nullcontext():
        both = Networks(tiny_generator(), tiny_discriminator())
    start = both.generator.get_weights()
    plan = PhaseSettings(epochs=3, learning_rate=0.01, batch_statistics=alike)
    # Clipped always: by the norm of the whole batch's gradient, not of a device's share.
    chosen_settings = settings().model_copy(update={"generator": plan, "clip_norm": 1e-3})

    def train(stop_before: int) -> dict:
        def stop(batch, logs) -> None:
            if batch == stop_before:
                raise Interrupted

        def monitor(span, generator) -> list[keras.callbacks.Callback]:
            watch = health.Health(span.phase, lambda text, step: None)
            return [watch, keras.callbacks.LambdaCallback(on_train_batch_begin=stop)]

        saved = Checkpoints(folder)
        return loop.train(both, feed, chosen_settings, saved, monitor, strategy)

    with contextlib.suppress(Interrupted):
        train(stop_before=1)
    for variable in both.generator.variables:  # all that is known is in the checkpoint
        variable.assign(keras.ops.zeros_like(variable))
    figures = train(stop_before=2)["generator"]
    pairs = zip(both.generator.get_weights(), start, strict=True)
    return {
        "strategy": type(strategy).__name__,
        "replicas": strategy.num_replicas_in_sync if strategy else 1,
        "figures": figures,
        "moved": np.concatenate([(new - old).ravel() for new, old in pairs]).tolist(),
    }


def on_two_devices(expression: str) -> list:
    """What an expression gives in a process that has two logical devices."""
    done = fresh_process(f"""
import json
import tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)  # only before TensorFlow starts
from tests.models.training import test_devices
print(json.dumps({expression}))
""")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def runs(photographs: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Of one device and of two, with halves alike, then with halves unlike."""
    folder = tmp_path_factory.mktemp("devices")
    file = str(folder / "pictures.npy")
    np.save(file, photographs[:8])
    wanted = [("none", True), ("mirrored", True), ("none", False), ("auto", False)]
    arguments = [(*each, file, str(folder / str(i))) for i, each in enumerate(wanted)]
    return on_two_devices(f"[test_devices.trained(*each) for each in {arguments!r}]")


# Sums of float32 in another order are the only difference. BatchNorm makes the gradient of the bias
# before it all but cancel out, and Adam's first steps take what is left, rounding, for as good as
# any other. A gradient not shared out, or counted twice, would be off by half.
@pytest.mark.parametrize(
    ("first", "names", "tolerance"),
    [(0, ["loss", "mse", "variety", "generator_gradient_norm"], 0.01), (2, ["loss", "mse"], 1e-4)],
    ids=["halves alike", "halves unlike"],
)
def test_two_devices_learn_what_one_does(
    runs: list[dict], first: int, names: list[str], tolerance: float
) -> None:
    one, two = runs[first : first + 2]
    assert (one["strategy"], one["replicas"]) == ("NoneType", 1)
    assert (two["strategy"], two["replicas"]) == ("MirroredStrategy", 2)
    for name in names:
        figures = [run["figures"][name] for run in (two, one)]
        np.testing.assert_allclose(*figures, rtol=tolerance)
    moved, moved_by_two = np.array(one["moved"]), np.array(two["moved"])
    assert np.linalg.norm(moved_by_two - moved) < 10 * tolerance * np.linalg.norm(moved)


def muon_errors(wanted: devices.Strategy, pictures: str, folder: str) -> list[float]:
    """Trains a small network of the recipe's kind by Muon; its errors by epoch."""
    strategy = devices.choose_strategy(wanted)
    batches = tf.data.Dataset.from_tensor_slices(example_batch(np.load(pictures))).batch(4)
    keras.utils.set_random_seed(1)
    with strategy.scope() if strategy else contextlib.nullcontext():
        small = unet.build_unet_generator((8, 16, 16), (1, 1))
        both = Networks(small, tiny_discriminator())
    plan = PhaseSettings(epochs=3, optimizer="muon", learning_rate=0.02)
    chosen = settings().model_copy(update={"generator": plan, "loss_region": "hidden"})
    saved = Checkpoints(folder)
    return loop.train(both, Fixed(batches), chosen, saved, strategy=strategy)["generator"]["mse"]


def test_two_devices_learn_by_muon_what_one_does(photographs: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", photographs[:8])
    arguments = [
        (wanted, str(tmp_path / "pictures.npy"), str(tmp_path / wanted))
        for wanted in ("none", "mirrored")
    ]
    one, two = on_two_devices(f"[test_devices.muon_errors(*each) for each in {arguments!r}]")
    assert one[-1] < one[0]
    np.testing.assert_allclose(two, one, rtol=1e-4)


def test_weights_kept_in_half_precision_compute_in_float32(photographs: np.ndarray) -> None:
    networks_by_storage = {}
    for storage in ("float32", "float16"):
        with devices.storage(storage):
            keras.utils.set_random_seed(0)
            inputs = keras.Input((128, 128, 3))
            outputs = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
            network = keras.Model(inputs, outputs)
        assert {weight.dtype for weight in network.weights} == {storage}
        assert network.output.dtype == "float32"
        networks_by_storage[storage] = network
    networks_by_storage["float32"].set_weights(networks_by_storage["float16"].get_weights())
    outputs = [network(photographs) for network in networks_by_storage.values()]
    np.testing.assert_allclose(*outputs, atol=1e-5)
    assert keras.config.dtype_policy().name == "float32"
