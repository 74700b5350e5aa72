"""Whether an image and a machine are what the pipeline was compiled for.

Neither shows by itself: another code trains another model, and a GPU that is not seen is a CPU that
takes a month.
"""

import subprocess
import sys
from importlib import metadata

from pipeline import source

_FIND_GPU = "import sys, tensorflow as tf; sys.exit(not tf.config.list_physical_devices('GPU'))"
# As the training itself looks for one.
_FIND_TPU = "from models.training import devices; devices.choose_strategy('tpu')"


class CannotRun(Exception):
    """A step that cannot do what it was asked to; the message says why and what to do."""


def check_code(compiled: str) -> None:
    """Compares the image's code with that of the pipeline.

    Args:
        compiled: The hash of the code that the pipeline was compiled with.

    Raises:
        CannotRun: If they differ.
    """
    here = source.code_hash()
    if here != compiled:
        raise CannotRun(
            f"this image holds code {here}, and the pipeline was compiled from code {compiled}: "
            "build the image anew from that checkout, under the tag that `python -m "
            "pipeline.source` says there, and compile with it"
        )


def check_line(compiled: str) -> None:
    """Compares the image's TFX with that of the pipeline: what one writes, another may not read.

    Args:
        compiled: The line, such as `1.16`.

    Raises:
        CannotRun: If they differ.
    """
    here = ".".join(metadata.version("tfx").split(".")[:2])
    if here != compiled:
        raise CannotRun(
            f"this image has TFX {here}, and the pipeline was compiled with TFX {compiled}: build "
            f"the image with --build-arg TFX={compiled}, or compile where TFX {here} is installed"
        )


def check_accelerator(name: str) -> None:
    """Looks for the accelerator that a step asked for.

    In a process of its own, for what finds a TPU also holds it.

    Args:
        name: As Vertex AI calls it, such as `NVIDIA_L4` or `TPU_V3`, or as Kubernetes does.

    Raises:
        CannotRun: If TensorFlow sees none.
    """
    is_tpu = name.upper().startswith("TPU")
    done = subprocess.run(
        [sys.executable, "-c", _FIND_TPU if is_tpu else _FIND_GPU],
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        argument = "TPU=1" if is_tpu else "EXTRAS=gpu"
        raise CannotRun(
            f"{done.stderr}\nthis step asked for {name}, and TensorFlow sees none, so that it "
            f"would train on the CPU: build the image with --build-arg {argument}; if it was, the "
            "machine has no accelerator or no driver for it"
        )
