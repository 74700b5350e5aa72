"""A folder that one download at a time works in, and what may go wrong there."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cli.data.errors import DownloadError, Stopped


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Makes a folder and keeps other downloads out of it.

    Args:
        folder: Where files go.

    Yields:
        While it is held.

    Raises:
        DownloadError: If another download holds it, or it cannot be written to.
        Stopped: On Ctrl-C within.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
        try:
            _hold(held, folder)
            yield
        finally:
            os.close(held)
    except KeyboardInterrupt as error:
        raise Stopped(
            f"stopped. What has come so far is kept in {folder} as .part: "
            "run the same command again to resume."
        ) from error
    except OSError as error:  # the disk's; the network's are handled where they arise
        raise DownloadError(f"cannot write in {folder}: {error.strerror or error}") from error


def _hold(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DownloadError(f"another download is going on in {folder}") from error
