"""The one listing of a run's data: made once, hashed for the cache, kept for whoever reads on."""

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence

from tfx.dsl.io import fileio

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import File
from components.image_example_gen.discovery.listing import list_files

_SUFFIX = ".jsonl.gz"
_BLOCK = 1 << 20


class Listing:
    """Files that were listed, read from where that is kept each time: they may be millions."""

    def __init__(self, folder: str, fingerprint: str):
        """Names what `keep` wrote."""
        self._path = _where(folder, fingerprint)

    def exists(self) -> bool:
        """Whether it is there still."""
        return fileio.exists(self._path)

    def __iter__(self) -> Iterator[File]:
        with fileio.open(self._path, "rb") as stored, gzip.open(stored, "rt") as lines:
            for line in lines:
                yield File(*json.loads(line))


def keep(data: Sequence[str], folder: str) -> str:
    """Lists data and keeps the listing under its fingerprint, in place of earlier ones.

    Args:
        data: As for `list_files`.
        folder: Where to; a local path or URI.

    Returns:
        The fingerprint: of names, sizes, times and permissions of all that was found.

    Raises:
        ValueError: As for `list_files`.
    """
    digest = hashlib.sha256(" ".join(sorted(names.IMAGES)).encode())
    with tempfile.TemporaryFile() as found:
        with gzip.open(found, "wb", compresslevel=1) as lines:
            for file in list_files(data):
                line = json.dumps(file).encode() + b"\n"  # ASCII: a name may be in no encoding
                digest.update(line)
                lines.write(line)
        fingerprint = digest.hexdigest()[:32]
        path = _where(folder, fingerprint)
        if not fileio.exists(path):
            fileio.makedirs(folder)
            for earlier in fileio.listdir(folder):
                fileio.remove(os.path.join(folder, earlier))
            found.seek(0)
            with fileio.open(f"{path}.partial", "wb") as file:
                while block := found.read(_BLOCK):
                    file.write(block)
            fileio.rename(f"{path}.partial", path, overwrite=True)
    return fingerprint


def _where(folder: str, fingerprint: str) -> str:
    return os.path.join(folder, f"{fingerprint}{_SUFFIX}")
