"""Asks a server for a file, from any byte on, and again while the server is busy."""

import re

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from cli.data.errors import DownloadError

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two reads
BUSY = (429, 500, 502, 503, 504)  # answers that may be better a moment later


def make_session(attempts: int, backoff: float) -> requests.Session:
    """Makes a session that asks again while it gets no answer, or a busy server's.

    Args:
        attempts: How often to ask again.
        backoff: Seconds before asking again; doubled each time.

    Returns:
        The session.
    """
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


def get(session: requests.Session, url: str, start: int) -> requests.Response:
    """Asks for a file without its first bytes.

    Args:
        session: As `make_session` makes it.
        url: The file's address.
        start: How many bytes to leave out.

    Returns:
        The answer, its content not read yet. Its status tells what the content is: the rest of
        the file (206), all of it (200), or nothing, as `start` is at or past the end (416).

    Raises:
        DownloadError: If there is no answer, or another one.
    """
    # Packed on the way, the content would not match the lengths and offsets counted here.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response = session.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise DownloadError(f"cannot download {url}: {reason(error)}") from error
    past_end = response.status_code == requests.codes.requested_range_not_satisfiable and start
    if not response.ok and not past_end:
        response.close()
        raise DownloadError(
            f"cannot download {url}: the server answered {response.status_code} {response.reason}"
        )
    return response


def start(response: requests.Response) -> int:
    """Tells where in the file the content of an answer begins.

    Args:
        response: An answer that has content.

    Returns:
        The number of bytes before it: 0 where the answer is the whole file.

    Raises:
        DownloadError: If the answer is a part and does not say which.
    """
    if response.status_code != requests.codes.partial_content:
        return 0
    said = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not said:
        raise DownloadError(
            f"{response.url}: the server sends a part and does not say which. What has come is "
            "kept; try another --base-url."
        )
    return int(said[1])


def reason(error: BaseException) -> str:
    """Says in a few words what went wrong.

    Args:
        error: What `requests` raised.

    Returns:
        The words of the innermost of the errors that it is wrapped around.
    """
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
