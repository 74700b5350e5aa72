"""Downloads files over HTTP: resumes what was cut off and refuses what has the wrong checksum."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from rich.filesize import decimal
from rich.progress import Progress

from cli.data import http_client
from cli.data.errors import DownloadError
from cli.data.partial_file import CHUNK, PartialFile, digest
from cli.data.working import working_in
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

    A file is named NAME.part until its checksum is right: that of the file as it lies on the disk.
    One already in place with the right checksum is not requested at all. What has come is never
    thrown away: a whole file with a wrong checksum is put aside as NAME.wrong.

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
            the disk, or another download is going on in the folder.
        Stopped: On Ctrl-C; what has come so far is kept.
    """
    with (
        working_in(output),
        http_client.make_session(attempts, backoff) as session,
        make_progress() as progress,
    ):
        fetcher = _Fetcher(session, progress, attempts, backoff)
        base = base_url.rstrip("/")
        return [fetcher.fetch(file, f"{base}/{file.name}", output) for file in files]


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
            if digest(target, self.progress) == file.md5:
                say(self.progress, f"{file.name}: already there")
                return target
            say(
                self.progress,
                f"{file.name}: the file there has the wrong MD5, downloading it again",
            )
        with PartialFile(target) as partial:
            self._fill(partial, url)
        partial.finish(file.md5, self.progress)
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
            # A server that knows no ranges begins at the beginning: that is compared, and the rest
            # added.
            start = http_client.start(response)
            if start > partial.size:
                raise DownloadError(
                    f"{url}: the server sends what comes after byte {start}, and not after "
                    f"{partial.size}, as asked. What has come is kept; try another --base-url."
                )
            length = response.headers.get("Content-Length", "")
            total = start + int(length) if length.isdecimal() else None
            if total is not None:
                partial.check_space(total)
            position = self._append(partial, response, start, total)
        # urllib3 before 2.0 takes a short body for a whole one.
        if total is not None and position < total:
            raise _Broken(f"cut off after {position} of {total} bytes")

    def _append(
        self, partial: PartialFile, response: requests.Response, start: int, total: int | None
    ) -> int:
        task = self.progress.add_task(partial.target.name, total=total, completed=start)
        position = start
        try:
            for chunk in response.iter_content(CHUNK):
                partial.put(position, chunk)
                position += len(chunk)
                self.progress.update(task, completed=position)
        except requests.RequestException as error:
            raise _Broken(http_client.reason(error)) from error
        finally:
            self.progress.remove_task(task)
        return position
