"""Downloads files over HTTP: resumes what was cut off and refuses what has the wrong checksum."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from rich.filesize import decimal
from rich.progress import Progress

from cli.data import http_client
from cli.data.errors import DownloadError, Stopped
from cli.data.partial_file import CHUNK, PartialFile, digest
from cli.progress_bar import make_progress, say


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name below the base URL, and the MD5 of its right content."""

    name: str
    md5: str


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
        with http_client.make_session(attempts, backoff) as session, make_progress() as progress:
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


@dataclass(frozen=True)
class _Fetcher:
    session: requests.Session
    progress: Progress
    attempts: int
    backoff: float

    def fetch(self, file: RemoteFile, url: str, output: Path) -> Path:
        target = output / file.name
        if target.exists():
            if digest(target, self.progress).hexdigest() == file.md5:
                say(self.progress, f"{file.name}: already there")
                return target
            say(
                self.progress,
                f"{file.name}: the file there has the wrong MD5, downloading it again",
            )
        with PartialFile(target, self.progress) as partial:
            self._fill(partial, url)
        if partial.md5() != file.md5:
            partial.path.unlink()
            raise DownloadError(
                f"{file.name} is refused: its MD5 is {partial.md5()}, not {file.md5}. The bad "
                "download was removed: run the command again, or try another --base-url."
            )
        partial.path.replace(target)
        say(self.progress, f"{file.name}: downloaded, {decimal(partial.size)}, MD5 right")
        return target

    def _fill(self, partial: PartialFile, url: str) -> None:
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

    def _receive(self, partial: PartialFile, url: str) -> None:
        with http_client.get(self.session, url, partial.size) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is left to send: the checksum says whether all of it is right
            if response.status_code != requests.codes.partial_content:
                partial.restart()
            length = response.headers.get("Content-Length", "")
            total = partial.size + int(length) if length.isdecimal() else None
            if total is not None:
                partial.check_space(total)
            self._append(partial, response, total)
        # urllib3 before 2.0 takes a short body for a whole one.
        if total is not None and partial.size < total:
            raise _Broken(f"cut off after {partial.size} of {total} bytes")

    def _append(self, partial: PartialFile, response: requests.Response, total: int | None) -> None:
        task = self.progress.add_task(partial.target.name, total=total, completed=partial.size)
        try:
            for chunk in response.iter_content(CHUNK):
                partial.append(chunk)
                self.progress.update(task, completed=partial.size)
        except requests.RequestException as error:
            raise _Broken(http_client.reason(error)) from error
        finally:
            self.progress.remove_task(task)
