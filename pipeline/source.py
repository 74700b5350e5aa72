"""A hash of our own files, so that TFX's cache sees changes in what it knows by name only."""

import hashlib
import os
from pathlib import Path

_ROOT = Path(__file__).parent.parent


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
