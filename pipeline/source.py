"""A hash of our own files, so that caches and images see changes in what is known by name only.

    .venv/bin/python -m pipeline.source

says the tag of the image that holds the code at hand.
"""

import hashlib
import os
import re
import sys
from pathlib import Path

from models import features

_ROOT = Path(__file__).parent.parent
_STEPS = ("components", "models", "pipeline", "settings")  # what a step of the pipeline runs
# The line of TFX that uv.lock has for this Python, by its version. Not the installed package's, as
# an image's tag is asked for where nothing is installed; one line from 2027 on, without 3.10.
LINE = "1.16" if sys.version_info < (3, 11) else "1.21"
_BUILT_FROM = ("Dockerfile", "pyproject.toml", "uv.lock")  # which an image does not hold


def source_hash(*names: str) -> str:
    """Hashes files by name and content.

    Args:
        *names: Files, or folders for the Python files in them, such as `models` or
            `models/images/masking.py`; relative to the project's root.

    Returns:
        The first 16 hexadecimal digits of a SHA-256 over their paths and contents.
    """
    digest = hashlib.sha256()
    for name in names:
        path = _ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{os.path.relpath(file, _ROOT)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def code_hash() -> str:
    """Hashes all that a step may run, the weights that ship among it.

    Returns:
        As for `source_hash`: in an image the same as in the checkout it was built from.
    """
    weights = sorted(features.PRETRAINED.glob("*/fingerprint.pb"))
    return source_hash(*_STEPS, *(str(file.relative_to(_ROOT)) for file in weights))


def image_tag() -> str:
    """Names an image by what it is built from: the code, what it needs and the way it is built.

    Returns:
        A tag, `LINE-HASH`, the same for the same files; empty outside a checkout, where nothing is
        built.
    """
    if not all((_ROOT / name).exists() for name in _BUILT_FROM):
        return ""
    digest = hashlib.sha256(f"{code_hash()}{source_hash(*_BUILT_FROM)}".encode()).hexdigest()
    return f"{LINE}-{digest[:16]}"


def line_of(image: str) -> str | None:
    """Reads the line of TFX from an image's name.

    Args:
        image: Such as `HOST/NAME:1.16-0123456789abcdef`.

    Returns:
        Such as `1.16`; None if the tag is not one of ours.
    """
    found = re.search(r":(\d+\.\d+)-[0-9a-f]{16}$", image)
    return found[1] if found else None


if __name__ == "__main__":
    print(image_tag())
