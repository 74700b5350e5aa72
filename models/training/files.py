"""Small files of a training: local ones by Python's own means, others by TensorFlow's.

A machine that trains without TensorFlow has local files only.
"""

import os
from typing import Any


def read(path: str) -> bytes | None:
    """Reads a whole file.

    Args:
        path: A local path, or a URI that TensorFlow's file systems know.

    Returns:
        Its bytes; None if there is none.
    """
    if _is_local(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
    gfile = _gfile()
    if not gfile.exists(path):
        return None
    with gfile.GFile(path, "rb") as file:
        content: bytes = file.read()
    return content


def write(path: str, content: bytes) -> None:
    """Writes a whole file, complete before it has its name; folders are made.

    Args:
        path: As for `read`.
        content: Its bytes.
    """
    folder, temporary = os.path.dirname(path), f"{path}.new"
    if _is_local(path):
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        return
    gfile = _gfile()
    gfile.makedirs(folder)
    with gfile.GFile(temporary, "wb") as file:
        file.write(content)
    gfile.rename(temporary, path, overwrite=True)


def names(folder: str) -> list[str]:
    """Lists what a folder holds.

    Args:
        folder: As for `read`.
    """
    return os.listdir(folder) if _is_local(folder) else list(_gfile().listdir(folder))


def remove(path: str) -> None:
    """Removes a file.

    Args:
        path: As for `read`.
    """
    if _is_local(path):
        os.remove(path)
    else:
        _gfile().remove(path)


def _is_local(path: str) -> bool:
    return "://" not in path


def _gfile() -> Any:
    import tensorflow as tf

    return tf.io.gfile
