"""A file on its way: what has come of it so far, its checksum, and the room for the rest."""

import hashlib
import shutil
from pathlib import Path

from rich.filesize import decimal
from rich.progress import Progress

from cli.data.errors import DownloadError

CHUNK = 256 * 1024  # bytes read at a time


class PartialFile:
    """The content that has come so far. It is only ever added to.

    Attributes:
        target: What the file is to be when it is whole.
        path: Where it is until then: NAME.part.
        size: How much has come, bytes.
    """

    def __init__(self, target: Path) -> None:
        """Opens the file, or what an earlier download left of it.

        Args:
            target: What the file is to be when it is whole.
        """
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._file = self.path.open("a+b")
        self.size = self.path.stat().st_size

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        # Nothing came, so there is nothing to resume. The file is asked, and not `size`: Ctrl-C may
        # strike after bytes were written and before they were counted.
        if error and self.path.exists() and not self.path.stat().st_size:
            self.path.unlink()

    def put(self, start: int, chunk: bytes) -> None:
        """Adds what has just come, as far as it is not there yet.

        Args:
            start: Where in the file it belongs; no later than at its end.
            chunk: The bytes.

        Raises:
            DownloadError: If what is there already differs.
        """
        known = min(len(chunk), self.size - start)
        if known > 0:
            self._file.seek(start)
            if self._file.read(known) != chunk[:known]:
                raise DownloadError(
                    f"{self.target.name}: what the server sends is not what {self.path} begins "
                    "with. That was left as it is: move it away to start anew, or try another "
                    "--base-url."
                )
        self._file.write(chunk[max(0, known) :])  # at the end, as every write to it
        self._file.flush()  # so that a killed process leaves whole chunks behind
        self.size = max(self.size, start + len(chunk))

    def finish(self, md5: str, progress: Progress) -> None:
        """Puts the file in place if it is right, and aside if it is not.

        Args:
            md5: The right checksum, in hexadecimal.
            progress: Where to show the reading.

        Raises:
            DownloadError: If it has another one.
        """
        found = digest(self.path, progress)
        if found == md5:
            self.path.replace(self.target)
            return
        aside = self.target.with_name(f"{self.target.name}.wrong")
        self.path.replace(aside)
        raise DownloadError(
            f"{self.target.name} is refused: its MD5 is {found}, not {md5}. It was put aside as "
            f"{aside.name}: run the command again, or try another --base-url."
        )

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


def digest(path: Path, progress: Progress) -> str:
    """Reads a file, as it is on the disk, for its checksum.

    Args:
        path: The file.
        progress: Where to show the reading, which takes a while for a large file.

    Returns:
        The MD5, in hexadecimal.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    size = path.stat().st_size
    task = progress.add_task(f"checking {path.name}", total=size, visible=size > 0)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            md5.update(chunk)
            progress.advance(task, len(chunk))
    progress.remove_task(task)
    return md5.hexdigest()
