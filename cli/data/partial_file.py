"""A file on its way: what has come of it so far, its checksum, and the room for the rest."""

import hashlib
import shutil
from pathlib import Path

from rich.filesize import decimal
from rich.progress import Progress

from cli.data.errors import DownloadError

CHUNK = 256 * 1024  # bytes read at a time


class PartialFile:
    """The content that has come so far, with its checksum kept up to date as it grows.

    Attributes:
        target: What the file is to be when it is whole.
        path: Where it is until then: NAME.part.
        size: How much has come, bytes.
    """

    def __init__(self, target: Path, progress: Progress) -> None:
        """Opens the file, and reads what an earlier download left of it.

        Args:
            target: What the file is to be when it is whole.
            progress: Where to show the reading.
        """
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._file = self.path.open("ab")
        self._digest = digest(self.path, progress)
        self.size = self.path.stat().st_size

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        # Nothing came, so there is nothing to resume. The file is asked, and not `size`: Ctrl-C may
        # strike after bytes were written and before they were counted.
        if error and self.path.exists() and not self.path.stat().st_size:
            self.path.unlink()

    def append(self, chunk: bytes) -> None:
        """Adds what has just come."""
        self._file.write(chunk)
        self._file.flush()  # so that a killed process leaves whole chunks behind
        self._digest.update(chunk)
        self.size += len(chunk)

    def restart(self) -> None:
        """Drops all that has come."""
        self._file.truncate(0)
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def md5(self) -> str:
        """The checksum of what has come, in hexadecimal."""
        return self._digest.hexdigest()

    def check_space(self, total: int) -> None:
        """Makes sure that the disk has room for the rest.

        Args:
            total: How long the whole file is, bytes.

        Raises:
            DownloadError: If it has not.
        """
        folder = self.path.parent
        needed, free = total - self.size, shutil.disk_usage(folder).free
        if needed > free:
            raise DownloadError(
                f"{self.target.name} needs {decimal(needed)} more in {folder}, where "
                f"{decimal(free)} are free. Make room, or choose another --output."
            )


def digest(path: Path, progress: Progress) -> "hashlib._Hash":
    """Reads a file for its checksum.

    Args:
        path: The file.
        progress: Where to show the reading, which takes a while for a large file.

    Returns:
        The MD5, which more can be added to.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    size = path.stat().st_size
    task = progress.add_task(f"checking {path.name}", total=size, visible=size > 0)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            md5.update(chunk)
            progress.advance(task, len(chunk))
    progress.remove_task(task)
    return md5
