"""What `outpaint doctor` looks at."""

import importlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from models import features
from serving.errors import NoModel
from serving.model.saved_model import PRETRAINED, Model, tensorflow
from serving.model.versions import Versions

# Distribution -> what imports it, and what it is needed for.
_NEEDED = {
    "tensorflow": ("tensorflow", "the model"),
    "numpy": ("numpy", "everything"),
    "opencv-python-headless": ("cv2", "pictures"),
    "pillow": ("PIL", "pictures"),
    "flask": ("flask", "the web page"),
    "uvicorn": ("uvicorn", "the web page"),
}
_FOR_TRAINING = ("tfx", "keras", "apache-beam")
_PYTHONS = (3, 10), (3, 13)  # the oldest and the newest
_SETUP = "run `make setup`"
_LEAST_MEMORY = 2e9  # bytes: TensorFlow, the model and a picture of some megapixels
_CALLS = 3


class Check(NamedTuple):
    """Something that was looked at."""

    name: str
    status: Literal["ok", "warning", "error"]
    detail: str
    remedy: str = ""


def examine(model: Path | None) -> list[Check]:
    """Looks at everything.

    Args:
        model: A SavedModel or a serving folder; None for the one that comes with the package.

    Returns:
        What was found.
    """
    found = [_python(), *_packages(), _training(), _memory()]
    if not any(check.name == "tensorflow" and check.status == "error" for check in found):
        found += [_devices(), *_model(model or PRETRAINED)]
    return found


def _python() -> Check:
    version = platform.python_version()
    detail = f"{version}, {platform.machine()} {platform.system()}"
    if _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]:
        return Check("python", "ok", detail)
    return Check("python", "warning", detail, f"made for Python 3.10 to 3.13; {_SETUP}")


def _packages() -> Iterator[Check]:
    for name, (module, purpose) in _NEEDED.items():
        try:
            tensorflow() if name == "tensorflow" else importlib.import_module(module)
            yield Check(name, "ok", metadata.version(name))
        except Exception as error:  # a broken installation may raise anything
            detail = f"cannot be imported: {error}"
            yield Check(name, "error", detail, f"needed for {purpose}; {_SETUP}")


def _training() -> Check:
    versions, missing = [], []
    for name in _FOR_TRAINING:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        detail = f"{', '.join(missing)} not installed"
        return Check("training", "warning", detail, f"needed to train, not to outpaint; {_SETUP}")
    return Check("training", "ok", ", ".join(versions))


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    detail = f"{total / 1e9:.1f} GB, {len(os.sched_getaffinity(0))} cores"
    if total < _LEAST_MEMORY:
        return Check("machine", "warning", detail, "large pictures will not fit; scale them down")
    return Check("machine", "ok", detail)


def _devices() -> Check:
    config = tensorflow().config
    gpus = config.list_physical_devices("GPU")
    if gpus:
        names = [config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
        return Check("devices", "ok", f"CPU, {', '.join(map(str, names))}")
    if any(Path("/dev").glob("nvidia[0-9]*")):
        detail = "CPU; there is an NVIDIA GPU that TensorFlow cannot use"
        return Check("devices", "warning", detail, "run `make setup EXTRAS=gpu`")
    return Check("devices", "ok", "CPU")


def _model(folder: Path) -> Iterator[Check]:
    versions = Versions(folder)
    try:
        model = versions.load()
    except NoModel as error:
        remedy = "run `make run`, and give --model output/serving"
        yield Check("model", "error", str(error), remedy)
        return
    for broken in versions.broken:
        remedy = "remove it, or push the model again"
        yield Check("model", "warning", f"{broken}: cannot be loaded, passed over", remedy)
    milliseconds = _milliseconds(model)
    detail = f"version {model.version}, {model.path}, {milliseconds:.0f} ms a canvas"
    cards = sorted(folder.glob("*.md"))
    yield Check("model", "ok", ", ".join([detail, *(f"card {card}" for card in cards)]))


def _milliseconds(model: Model) -> float:
    """What a canvas takes; loading has warmed the model up."""
    size = features.IMAGE_SIZE
    canvas = np.full((1, size, size, features.CHANNELS), 0.5, np.float32)
    mask = np.full((1, size, size, 1), features.HIDDEN, np.float32)
    mask[:, size // 4 :] = features.KNOWN
    started = time.monotonic()
    for _ in range(_CALLS):
        model.predict(canvas, mask)
    return (time.monotonic() - started) / _CALLS * 1000
