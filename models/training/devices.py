"""Which devices and which precision a training uses."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import keras
import tensorflow as tf

from models.training.machines import cluster

_LOG = logging.getLogger(__name__)

Precision = Literal["auto", "float32", "bfloat16"]
Storage = Literal["float32", "float16"]
Strategy = Literal["auto", "none", "mirrored", "tpu"]

_CPU_FLAGS = {"amx_bf16", "avx512_bf16"}
_GPU_CAPABILITY = (8, 0)  # from NVIDIA's Ampere on


def choose_strategy(wanted: Strategy) -> tf.distribute.Strategy | None:
    """Chooses how a batch is shared out.

    Args:
        wanted: `auto` takes a TPU if there is one, else all GPUs if there are several, else
            the one device there is; of several machines, all devices of each.

    Returns:
        A strategy; None for one device.

    Raises:
        ValueError: If a TPU is wanted and there is none, or if there are several machines and
            `auto` is not wanted.
    """
    if cluster.here().count > 1:
        if wanted != "auto":
            raise ValueError(
                f"training.strategy is {wanted}, and {cluster.VARIABLE} names several machines, "
                "which would each train a model of its own: use auto"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if wanted == "none":
        return None
    if wanted != "mirrored":
        tpu = _tpu_strategy()
        if tpu or wanted == "tpu":
            if not tpu:
                raise ValueError("training.strategy is tpu, and no TPU was found: use auto")
            return tpu
    # Logical devices: one GPU, or the CPU, can be split into several.
    several = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if wanted == "mirrored" or len(several) > 1:
        return tf.distribute.MirroredStrategy([device.name for device in several])
    return None


def add_up(gradients: Sequence[tf.Tensor | None]) -> list[tf.Tensor | None]:
    """Sums gradients over the devices that share a batch.

    Args:
        gradients: Of this device; None of what it has no gradient of.

    Returns:
        The sums, on each device the same.
    """
    there = [gradient for gradient in gradients if gradient is not None]
    context = tf.distribute.get_replica_context()
    sums = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, there))
    return [None if gradient is None else next(sums) for gradient in gradients]


def precision(wanted: Precision) -> contextlib.AbstractContextManager[str]:
    """Makes networks that are built inside compute in some precision.

    Variables, losses and outputs stay float32 in any case.

    Args:
        wanted: `auto` takes bfloat16 where the hardware has it and is faster with it.

    Returns:
        A context, which gives the name of Keras's policy.
    """
    if wanted == "bfloat16" and not has_bfloat16():
        _LOG.warning(
            "training.precision is bfloat16, which is emulated here: slower and less exact than "
            "float32; use auto"
        )
    return _policy(keras.DTypePolicy("mixed_bfloat16" if _wants_bfloat16(wanted) else "float32"))


@contextlib.contextmanager
def _policy(policy: keras.DTypePolicy) -> Iterator[str]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield policy.name
    finally:
        keras.config.set_dtype_policy(before)


class _HalfStored(keras.DTypePolicy):
    """Computes in float32, keeps variables in float16."""

    def __init__(self):
        super().__init__("float32")
        self._variable_dtype = "float16"


def storage(wanted: Storage) -> contextlib.AbstractContextManager[str]:
    """Sets what the variables of layers made meanwhile are kept in; they compute in float32.

    Args:
        wanted: `float32`, or `float16` for a model half as large.

    Returns:
        A context.
    """
    return _policy(_HalfStored() if wanted == "float16" else keras.DTypePolicy("float32"))


def jit_compile() -> Literal[False, "auto"]:
    """Whether XLA compiles the steps: on a CPU it makes them slower, and a minute late to start."""
    accelerators = tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU")
    return "auto" if accelerators else False


def has_bfloat16() -> bool:
    """Whether the hardware computes in bfloat16 rather than emulating it."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        return all(d.get("compute_capability", (0, 0)) >= _GPU_CAPABILITY for d in details)
    if tf.config.list_physical_devices("TPU"):
        return True
    return bool(_CPU_FLAGS & _cpu_flags()) and adds_in_float32()


def adds_in_float32() -> bool:
    """Whether products of bfloat16 are added up in float32, as by hardware that has it.

    Emulated, each sum is rounded to 8 bits, and a gradient over thousands of pixels stops growing.
    """
    pictures = tf.ones([1, 64, 64, 8], tf.bfloat16)
    kernel = tf.ones([1, 1, 8, 8], tf.bfloat16)
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        total = tf.reduce_sum(tf.cast(tf.nn.conv2d(pictures, kernel, 1, "SAME"), tf.float32))
    gradient = tape.gradient(total, kernel)
    return bool(tf.reduce_all(gradient == 64 * 64))


def seconds_of_convolution(dtype: tf.DType) -> float:
    """Times the kind of convolution that the generator spends its time on.

    Args:
        dtype: What to compute in.

    Returns:
        Seconds for a batch of 4 and 256 filters, the best of three.
    """
    picture = tf.ones([4, 64, 64, 256], dtype)
    kernel = tf.ones([3, 3, 256, 256], dtype)
    convolve = tf.function(lambda: tf.reduce_sum(tf.nn.conv2d(picture, kernel, 1, "SAME")))
    convolve().numpy()  # traced, and warm
    times = []
    for _ in range(3):
        started = time.perf_counter()
        convolve().numpy()
        times.append(time.perf_counter() - started)
    return min(times)


def _wants_bfloat16(
    wanted: Precision,
    available: Callable[[], bool] = has_bfloat16,
    seconds: Callable[[tf.DType], float] = seconds_of_convolution,
) -> bool:
    if wanted != "auto":
        return wanted == "bfloat16"
    return available() and seconds(tf.bfloat16) < seconds(tf.float32)


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return set(flags.partition(":")[2].split())


def _tpu_strategy() -> tf.distribute.Strategy | None:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
    except (ValueError, tf.errors.NotFoundError):  # there is none
        return None
    _LOG.info("training on TPU %s", resolver.master() or "local")
    return tf.distribute.TPUStrategy(resolver)
