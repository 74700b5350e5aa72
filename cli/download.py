"""Downloads files over HTTP: resumes what was cut off and refuses what has the wrong checksum."""

import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import requests
from requests.adapters import HTTPAdapter
from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from urllib3.util import Retry

CHUNK = 256 * 1024
TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two reads
BUSY = (429, 500, 502, 503, 504)  # answers that may be better a moment later


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name below the base URL, and the MD5 of its right content."""

    name: str
    md5: str


class DownloadError(click.ClickException):
    """A file could not be downloaded; the message says why and what to do."""


class Stopped(DownloadError):
    """The user stopped the download."""

    exit_code = 130  # what a shell reports for a command ended by Ctrl-C


def fetch(
    files: Sequence[RemoteFile],
    output: Path,
    base_url: str,
    *,
    attempts: int = 5,
    backoff: float = 1.0,
) -> list[Path]:
    """Downloads files into a folder, one after the other.

    A file is named NAME.part until its checksum is right. One already in place with the right
    checksum is not requested at all.

    Args:
        files: What to download.
        output: The folder to put it in; made if it is not there.
        base_url: The address that the files' names are appended to.
        attempts: How often to try again when the server fails, or cuts off without sending more.
        backoff: Seconds before trying again; doubled each time.

    Returns:
        The files' paths, in the order of `files`.

    Raises:
        DownloadError: If a file cannot be downloaded, has the wrong checksum or does not fit on
            the disk.
        Stopped: On Ctrl-C; what has come so far is kept.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with _session(attempts, backoff) as session, _progress() as progress:
            fetcher = _Fetcher(session, progress, attempts, backoff)
            base = base_url.rstrip("/")
            return [fetcher.fetch(file, f"{base}/{file.name}", output) for file in files]
    except KeyboardInterrupt as error:
        raise Stopped(
            f"stopped. What has come so far is kept in {output} as .part: "
            "run the same command again to resume."
        ) from error
    except OSError as error:  # the disk's; the network's are handled where they arise
        raise DownloadError(f"cannot write in {output}: {error.strerror or error}") from error


class _Broken(Exception):
    """The connection broke while the content was coming."""


class _Partial:
    """The content that has come so far, with its checksum kept up to date as it grows."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self._file = path.open("ab")
        self._digest = _digest(path, progress)
        self.size = path.stat().st_size

    def __enter__(self) -> "_Partial":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if error and not self.size:  # nothing came, so there is nothing to resume
            self.path.unlink(missing_ok=True)

    def append(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._file.flush()  # so that a killed process leaves whole chunks behind
        self._digest.update(chunk)
        self.size += len(chunk)

    def restart(self) -> None:
        self._file.truncate(0)
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def md5(self) -> str:
        return self._digest.hexdigest()


@dataclass(frozen=True)
class _Fetcher:
    session: requests.Session
    progress: Progress
    attempts: int
    backoff: float

    def fetch(self, file: RemoteFile, url: str, output: Path) -> Path:
        target = output / file.name
        if target.exists():
            if _digest(target, self.progress).hexdigest() == file.md5:
                self._say(f"{file.name}: already there")
                return target
            self._say(f"{file.name}: the file there has the wrong MD5, downloading it again")
        with _Partial(output / f"{file.name}.part", self.progress) as partial:
            self._fill(partial, url)
        if partial.md5() != file.md5:
            partial.path.unlink()
            raise DownloadError(
                f"{file.name} is refused: its MD5 is {partial.md5()}, not {file.md5}. The bad "
                "download was removed: run the command again, or try another --base-url."
            )
        partial.path.replace(target)
        self._say(f"{file.name}: downloaded, {decimal(partial.size)}, MD5 right")
        return target

    def _fill(self, partial: _Partial, url: str) -> None:
        # Failures count only while they bring nothing new: a large file may well be cut off more
        # often than `attempts`, and still arrive.
        furthest, failures = partial.size, 0
        while True:
            try:
                return self._receive(partial, url)
            except _Broken as error:
                failures = 0 if partial.size > furthest else failures + 1
                furthest = max(furthest, partial.size)
                if failures > self.attempts:
                    raise DownloadError(
                        f"{url}: the connection keeps breaking ({error}). "
                        "Run the command again to resume."
                    ) from error
            time.sleep(self.backoff * 2**failures)

    def _receive(self, partial: _Partial, url: str) -> None:
        with self._open(url, partial.size) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is left to send: the checksum says whether all of it is right
            if response.status_code != requests.codes.partial_content:
                partial.restart()
            length = response.headers.get("Content-Length", "")
            total = partial.size + int(length) if length.isdecimal() else None
            if total is not None:
                _check_space(partial, total)
            self._append(partial, response, total)
        # urllib3 before 2.0 takes a short body for a whole one.
        if total is not None and partial.size < total:
            raise _Broken(f"cut off after {partial.size} of {total} bytes")

    def _open(self, url: str, start: int) -> requests.Response:
        # Packed on the way, the content would not match the lengths and offsets counted here.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            response = self.session.get(url, headers=headers, stream=True, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise DownloadError(f"cannot download {url}: {_reason(error)}") from error
        past_end = response.status_code == requests.codes.requested_range_not_satisfiable and start
        if not response.ok and not past_end:
            response.close()
            raise DownloadError(
                f"cannot download {url}: the server answered "
                f"{response.status_code} {response.reason}"
            )
        return response

    def _append(self, partial: _Partial, response: requests.Response, total: int | None) -> None:
        name = partial.path.name.removesuffix(".part")
        task = self.progress.add_task(name, total=total, completed=partial.size)
        try:
            for chunk in response.iter_content(CHUNK):
                partial.append(chunk)
                self.progress.update(task, completed=partial.size)
        except requests.RequestException as error:
            raise _Broken(_reason(error)) from error
        finally:
            self.progress.remove_task(task)

    def _say(self, text: str) -> None:
        self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _session(attempts: int, backoff: float) -> requests.Session:
    retry = Retry(
        total=attempts,
        backoff_factor=backoff,
        status_forcelist=BUSY,
        raise_on_status=False,  # the last answer is reported, not urllib3's account of the retries
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def _progress() -> Progress:
    console = Console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _digest(path: Path, progress: Progress) -> "hashlib._Hash":
    digest = hashlib.md5(usedforsecurity=False)
    size = path.stat().st_size
    task = progress.add_task(f"checking {path.name}", total=size, visible=size > 0)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            progress.advance(task, len(chunk))
    progress.remove_task(task)
    return digest


def _check_space(partial: _Partial, total: int) -> None:
    needed, free = total - partial.size, shutil.disk_usage(partial.path.parent).free
    if needed > free:
        raise DownloadError(
            f"{partial.path.name.removesuffix('.part')} needs {decimal(needed)} more in "
            f"{partial.path.parent}, where {decimal(free)} are free. Make room, or choose another "
            "--output."
        )


def _reason(error: BaseException) -> str:
    # requests wraps what happened several layers deep; the innermost says it in a few words.
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
