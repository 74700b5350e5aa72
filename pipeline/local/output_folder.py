"""The folder that a run writes to: checked before anything starts, held by one run at a time."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

# TFX's components read one another's output by patterns, and TensorFlow its variables: there, none
# of these can be quoted.
_PATTERNS = "*?[\\"


class OutputError(Exception):
    """A folder that cannot be the output; the message says why and what to do."""


@contextlib.contextmanager
def held(output: Path, data: Sequence[str]) -> Iterator[None]:
    """Makes an output folder and keeps other runs out of it.

    Args:
        output: The folder.
        data: What is read, which must not be the folder itself.

    Yields:
        While it is held.

    Raises:
        OutputError: If it cannot be written to, its name cannot be used, or a run holds it.
    """
    _check_name(output)
    if any(os.path.realpath(source) == os.path.realpath(output) for source in data):
        raise OutputError(
            f"--output {output} is the folder of the photographs itself; name another"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
        file = open(output / ".lock", "w")  # noqa: SIM115 - held for as long as the run takes
    except OSError as error:
        raise OutputError(f"cannot write to {output}: {error.strerror or error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"another run is using {output}") from error
        yield


def _check_name(output: Path) -> None:
    text = str(output)
    if found := [letter for letter in _PATTERNS if letter in text]:
        raise OutputError(
            f"--output {output}: TensorFlow would take the {' and '.join(found)} in it for a "
            "pattern; name another folder"
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(output).decode(errors="backslashreplace")
        raise OutputError(
            f"--output {shown}: the metadata store takes no name that is not UTF-8; name another "
            "folder"
        ) from error


def is_full(error: BaseException | None) -> bool:
    """Tells whether an error comes of a full disk.

    Args:
        error: Of whatever library, with what caused it.

    Returns:
        True if it does.
    """
    while error is not None:
        words = str(error)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or "disk is full" in words or "No space left on device" in words:
            return True
        error = error.__cause__ or error.__context__
    return False
