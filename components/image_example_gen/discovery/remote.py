"""Lists files on `gs://` and wherever else Beam knows a file system, in one listing a source."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import File
from components.image_example_gen.discovery.walk import HIDDEN

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")


def is_remote(path: str) -> bool:
    """Whether a path names a scheme, such as `gs://`."""
    return bool(_SCHEME.match(path))


def walk(source: str) -> Iterator[File]:
    """Lists all files below a prefix, or the one that the source is.

    Args:
        source: Such as `gs://bucket/photos`, without a slash at its end.

    Yields:
        Files in a stable order.

    Raises:
        ValueError: If there is none.
    """
    from apache_beam.io.filesystems import FileSystems  # slow to import, and rarely needed

    literal = re.match(r"[^[*?]*", source)[0]  # type: ignore[index] # Beam cannot quote these
    below = f"{source}/"
    patterns = [f"{below}**", source] if literal == source else [f"{literal}**"]
    found = False
    for pattern in patterns:
        (match,) = FileSystems.match([pattern])
        for file in sorted(match.metadata_list, key=lambda file: file.path):
            if file.path != source and not file.path.startswith(below):
                continue
            found = True
            name = file.path.removeprefix(source).lstrip("/")
            if file.path.endswith("/"):
                continue  # an object that stands for a folder
            changed = int((file.last_updated_in_seconds or 0) * 1e9)
            ignored = HIDDEN if names.lies_hidden(name) else ""
            yield File(source, name, file.size_in_bytes, changed, ignored=ignored)
        if found:
            return
    raise ValueError(f"{source}: no such file or folder")


def open_file(path: str) -> BinaryIO:
    """Opens a file, local or remote, as it lies there.

    Args:
        path: The file.

    Returns:
        A handle that can be sought in.

    Raises:
        OSError: If it cannot be opened; other file systems have errors of their own.
    """
    if is_remote(path):
        from apache_beam.io.filesystem import CompressionTypes
        from apache_beam.io.filesystems import FileSystems

        plain = CompressionTypes.UNCOMPRESSED  # whatever its name
        return FileSystems.open(path, "application/octet-stream", plain)
    return open(path, "rb")
