"""Checks the download against a real HTTP server that can be made to misbehave."""

import concurrent.futures
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.data import download
from cli.data.errors import DownloadError
from cli.data.partial_file import CHUNK, PartialFile
from tests.cli.server import Site
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
NAME = "val_256.tar"
# Not a whole number of chunks, and more than two of them.
BODY = bytes(range(256)) * (2 * CHUNK // 256) + b"the end"


@pytest.fixture
def site(site: Site) -> Site:
    """The server, with a file to download."""
    site.bodies = {NAME: BODY}
    return site


def _md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def _fetch(site: Site, output: Path, md5: str = _md5(BODY), attempts: int = 2) -> list[Path]:
    files = [download.RemoteFile(NAME, md5)]
    return download.fetch(files, output, site.url, attempts=attempts, backoff=0.0)


def _assert_complete(folder: Path) -> None:
    assert os.listdir(folder) == [NAME]
    assert (folder / NAME).read_bytes() == BODY


def test_fresh_download(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "not" / "there" / "yet"
    assert _fetch(site, output) == [output / NAME]
    _assert_complete(output)
    assert site.asked == [None]
    # Not on a terminal: a line, and no bar.
    assert capsys.readouterr().out == f"{NAME}: downloaded, 524.3 kB, MD5 right\n"


def test_resume_asks_only_for_the_rest(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:1000])
    _fetch(site, tmp_path)
    assert site.asked == ["bytes=1000-"]
    _assert_complete(tmp_path)


def test_server_without_ranges_sends_all_and_the_rest_is_added(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:300_000])
    _fetch(site, tmp_path)
    assert site.asked == ["bytes=300000-"]
    _assert_complete(tmp_path)


@pytest.mark.parametrize("body", [b"<html>Please log in</html>" * 90, BODY[1:]])
def test_a_part_that_something_else_is_sent_for_is_left_as_it_is(
    body: bytes, site: Site, tmp_path: Path
) -> None:
    site.ranges = False
    site.bodies = {NAME: body}
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:300_000])
    with pytest.raises(DownloadError, match=r"is not what .* begins with"):
        _fetch(site, tmp_path)
    assert (tmp_path / f"{NAME}.part").read_bytes() == BODY[:300_000]


@pytest.mark.parametrize(
    ("fault", "said"),
    [("later", "after byte 1007, and not after 1000"), ("unsaid", "does not say which")],
)
def test_a_range_that_begins_elsewhere_leaves_the_part_as_it_is(
    fault: str, said: str, site: Site, tmp_path: Path
) -> None:
    site.faults = [fault]
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:1000])
    with pytest.raises(DownloadError, match=said):
        _fetch(site, tmp_path)
    assert (tmp_path / f"{NAME}.part").read_bytes() == BODY[:1000]
    _fetch(site, tmp_path)
    _assert_complete(tmp_path)


def test_a_range_that_begins_earlier_is_compared_and_added(site: Site, tmp_path: Path) -> None:
    site.faults = ["earlier"]
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:1000])
    _fetch(site, tmp_path)
    _assert_complete(tmp_path)


def test_the_sum_is_of_the_file_as_it_lies_on_the_disk(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when something else writes to it, or the disk does not keep what it was given."""
    append = PartialFile.put

    def spoilt(self: PartialFile, start: int, chunk: bytes) -> None:
        append(self, start, chunk)
        with open(self.path, "r+b") as file:
            file.write(b"?")

    monkeypatch.setattr(PartialFile, "put", spoilt)
    with pytest.raises(DownloadError, match="is refused"):
        _fetch(site, tmp_path)
    assert os.listdir(tmp_path) == [f"{NAME}.wrong"]


def test_a_second_download_in_the_folder_is_refused(site: Site, tmp_path: Path) -> None:
    site.faults = ["stall"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(_fetch, site, tmp_path)
        while not site.asked:
            time.sleep(0.01)
        with pytest.raises(DownloadError, match=f"another download is going on in {tmp_path}"):
            _fetch(site, tmp_path)
        site.release.set()
        first.result(timeout=60)
    _assert_complete(tmp_path)


def test_whole_part_is_verified_and_put_in_place(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY)
    _fetch(site, tmp_path)
    assert site.asked == [f"bytes={len(BODY)}-"]
    _assert_complete(tmp_path)


def test_part_that_is_too_long_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY + b"more")
    with pytest.raises(DownloadError, match="is refused"):
        _fetch(site, tmp_path)
    assert os.listdir(tmp_path) == [f"{NAME}.wrong"]


def test_a_wrong_sum_is_refused_and_what_came_put_aside(site: Site, tmp_path: Path) -> None:
    expected = _md5(b"what was meant")
    with pytest.raises(DownloadError) as caught:
        _fetch(site, tmp_path, md5=expected)
    for word in (NAME, expected, _md5(BODY), "run the command again"):
        assert word in caught.value.message
    assert os.listdir(tmp_path) == [f"{NAME}.wrong"]
    _fetch(site, tmp_path)
    assert (tmp_path / NAME).read_bytes() == BODY


def test_file_already_there_is_not_requested(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / NAME).write_bytes(BODY)
    _fetch(site, tmp_path)
    assert site.asked == []
    assert capsys.readouterr().out == f"{NAME}: already there\n"


def test_wrong_file_in_place_is_replaced(site: Site, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"an older one")
    _fetch(site, tmp_path)
    _assert_complete(tmp_path)


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_broken_stream_recovers(site: Site, tmp_path: Path, fault: str) -> None:
    site.faults = [fault]
    _fetch(site, tmp_path)
    assert len(site.asked) == 2
    _assert_complete(tmp_path)


def test_cut_stream_resumes_where_it_was_cut(site: Site, tmp_path: Path) -> None:
    site.faults = ["cut"]
    _fetch(site, tmp_path)
    assert site.asked == [None, f"bytes={len(BODY) // 2}-"]


def test_cuts_that_bring_something_are_not_counted(site: Site, tmp_path: Path) -> None:
    site.faults = ["cut"] * 6
    _fetch(site, tmp_path, attempts=1)
    assert len(site.asked) == 7
    _assert_complete(tmp_path)


def test_cuts_that_bring_nothing_give_up(site: Site, tmp_path: Path) -> None:
    site.faults = ["cut"] + ["nothing"] * 9
    with pytest.raises(DownloadError, match=r"keeps breaking .*again to resume"):
        _fetch(site, tmp_path, attempts=2)
    assert len(site.asked) == 4
    assert (tmp_path / f"{NAME}.part").read_bytes() == BODY[: len(BODY) // 2]


def test_busy_server_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.faults = ["busy", "busy"]
    _fetch(site, tmp_path, attempts=2)
    assert len(site.asked) == 3
    _assert_complete(tmp_path)


def test_busy_server_is_given_up(site: Site, tmp_path: Path) -> None:
    site.faults = ["busy"] * 9
    with pytest.raises(DownloadError, match="answered 503 Service Unavailable"):
        _fetch(site, tmp_path, attempts=2)
    assert len(site.asked) == 3


def test_no_server_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(DownloadError, match=f"{url}/{NAME}: .*refused$"):
        _fetch(Site(url), tmp_path)


def test_too_little_space_stops_before_the_content(site: Site, tmp_path: Path) -> None:
    site.faults = ["huge"]
    with pytest.raises(DownloadError, match=f"{NAME} needs 1.0 EB more .* are free"):
        _fetch(site, tmp_path)
    assert len(site.asked) == 1


def test_output_that_cannot_be_made_is_a_clear_error(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match=r"cannot write in .*Not a directory"):
        _fetch(site, tmp_path / "file" / "folder")


def test_ctrl_c_keeps_the_part_and_says_how_to_resume(site: Site, tmp_path: Path) -> None:
    site.faults = ["stall"]
    site.bodies = {NAME: BODY * 2}
    script = (
        # Set here, as a shell's background jobs start with SIGINT ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from cli.data import command as data; from cli.main import main; "
        f"data.PLACES365['standard', '256', 'val'] = ({NAME!r}, ''); main()"
    )
    args = ["data", "fetch", "--part", "val", "--output", str(tmp_path), "--base-url", site.url]
    command = [sys.executable, "-c", script, *args]
    part = tmp_path / f"{NAME}.part"
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not (part.exists() and part.stat().st_size) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert re.fullmatch(r"Error: stopped\. .* again to resume\.\n", errors)
    assert (BODY * 2).startswith(part.read_bytes())
