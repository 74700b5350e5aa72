"""Artifacts in a store that TensorFlow does not read: on local disk, where Kubeflow's launcher is.

Before a step starts the launcher copies its inputs from S3 or MinIO to folders called after them,
and afterwards what it finds in such folders back. So TFX is given those folders, and what it says
of them is put right again.
"""

import json
import os
from typing import Any

_FOLDERS = {"s3://": "/s3/", "minio://": "/minio/"}  # as in the launcher


def localize(invocation: dict[str, Any]) -> bool:
    """Gives a step the folders of its artifacts in place of their URIs.

    Args:
        invocation: What the step is told; changed in place.

    Returns:
        Whether there were any.
    """
    found = False
    for side in ("inputs", "outputs"):
        for given in invocation.get(side, {}).get("artifacts", {}).values():
            for artifact in given.get("artifacts", []):
                local = _renamed(artifact["uri"], _FOLDERS)
                found = found or local != artifact["uri"]
                artifact["uri"] = local
    return found


def restore(file: str) -> None:
    """Names artifacts by their URIs again in what a step says of them.

    Args:
        file: What TFX wrote, JSON; rewritten in place if it is there.
    """
    if not os.path.exists(file):
        return
    with open(file) as before:
        said = json.load(before)
    with open(file, "w") as after:
        json.dump(_put_right(said), after)


def _put_right(value: Any) -> Any:
    if isinstance(value, str):
        return _renamed(value, {folder: scheme for scheme, folder in _FOLDERS.items()})
    if isinstance(value, list):
        return [_put_right(item) for item in value]
    if isinstance(value, dict):
        return {key: _put_right(item) for key, item in value.items()}
    return value


def _renamed(name: str, prefixes: dict[str, str]) -> str:
    for before, after in prefixes.items():
        if name.startswith(before):
            return after + name.removeprefix(before)
    return name
