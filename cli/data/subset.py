"""The first images of an archive, without the rest of it."""

import tarfile
from pathlib import Path

import requests

from cli.data import http_client
from cli.data.errors import DownloadError
from cli.data.working import working_in
from cli.progress_bar import make_progress, say

_SUFFIX = ".jpg"


def fetch_first(
    name: str, count: int, output: Path, base_url: str, *, attempts: int = 5, backoff: float = 1.0
) -> Path:
    """Downloads as much of a tar archive as holds so many images.

    There is no checksum of a part: what is broken is found when the images are read.

    Args:
        name: The archive's name below the base URL.
        count: How many images.
        output: The folder to put them in, as an archive of their own; made if it is not there.
        base_url: The address that the name is appended to.
        attempts: How often to try again while the server does not answer.
        backoff: Seconds before trying again; doubled each time.

    Returns:
        The archive, such as `val_256-first-1000.tar`.

    Raises:
        DownloadError: If it cannot be downloaded or written.
        Stopped: On Ctrl-C.
    """
    url = f"{base_url.rstrip('/')}/{name}"
    target = output / f"{Path(name).stem}-first-{count}.tar"
    part = target.with_name(f"{target.name}.part")
    with (
        working_in(output),
        http_client.make_session(attempts, backoff) as session,
        make_progress() as progress,
    ):
        if target.exists():
            say(progress, f"{target.name}: already there")
            return target
        try:
            with (
                http_client.get(session, url, 0) as response,
                tarfile.open(fileobj=response.raw, mode="r|") as source,
                tarfile.open(part, "w") as sink,
            ):
                found = _copy(source, sink, count)
        except (tarfile.TarError, EOFError, requests.RequestException) as error:
            part.unlink(missing_ok=True)
            raise DownloadError(f"{url}: {http_client.reason(error)}; run it again") from error
        part.replace(target)
        say(progress, f"{target.name}: the first {found} images of {name}, not checked by a sum")
    return target


def _copy(source: tarfile.TarFile, sink: tarfile.TarFile, count: int) -> int:
    found = 0
    for member in source:
        if not member.isreg() or not member.name.lower().endswith(_SUFFIX):
            continue
        sink.addfile(member, source.extractfile(member))
        found += 1
        if found == count:
            break
    return found
