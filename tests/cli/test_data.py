"""Checks `outpaint data fetch` against a real HTTP server that can be made to misbehave."""

import hashlib
import io
import re
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli import data, download
from cli.main import main

ROOT = Path(__file__).parents[2]
NAME = "val_256.tar"
# Not a whole number of chunks, and more than two of them.
BODY = bytes(range(256)) * (2 * download.CHUNK // 256) + b"the end"


@dataclass
class Site:
    """What the server has, how it behaves, and what it was asked."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=lambda: {NAME: BODY})
    ranges: bool = True
    faults: list[str] = field(default_factory=list)  # one is used up by each request
    asked: list[str | None] = field(default_factory=list)  # each request's Range
    release: threading.Event = field(default_factory=threading.Event)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            site.asked.append(wanted)
            fault = site.faults.pop(0) if site.faults else ""
            body = site.bodies.get(self.path.removeprefix("/files/"))
            if body is None or fault == "busy":
                return self.send_error(404 if body is None else 503)
            start = int(wanted.removeprefix("bytes=")[:-1]) if wanted and site.ranges else 0
            if start and start >= len(body):
                return self.send_error(416)
            self.send_response(206 if start else 200)
            length = 10**18 if fault == "huge" else len(body) - start
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self._send(body[start:], fault)

        def _send(self, body: bytes, fault: str) -> None:
            if fault == "nothing":
                return
            if fault not in ("cut", "reset", "stall"):
                self.wfile.write(body)
                return
            self.wfile.write(body[: len(body) // 2])
            if fault == "reset":  # lingering for no time makes close() send a reset
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            if fault == "stall":
                site.release.wait()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass  # a client that hung up is what some of these tests are about


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with _Server(("127.0.0.1", 0), _handler(site)) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/files"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield site
        site.release.set()
        server.shutdown()
        thread.join()


def _md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def _fetch(site: Site, output: Path, md5: str = _md5(BODY), attempts: int = 2) -> list[Path]:
    files = [download.RemoteFile(NAME, md5)]
    return download.fetch(files, output, site.url, attempts=attempts, backoff=0.0)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _assert_complete(folder: Path) -> None:
    assert _names(folder) == [NAME]
    assert (folder / NAME).read_bytes() == BODY


def _tar(members: dict[str, bytes], link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member)
    return buffer.getvalue()


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


def test_server_without_ranges_starts_from_zero(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    (tmp_path / f"{NAME}.part").write_bytes(b"something else")
    _fetch(site, tmp_path)
    assert site.asked == ["bytes=14-"]
    _assert_complete(tmp_path)


def test_whole_part_is_verified_and_put_in_place(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY)
    _fetch(site, tmp_path)
    assert site.asked == [f"bytes={len(BODY)}-"]
    _assert_complete(tmp_path)


def test_part_that_is_too_long_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY + b"more")
    with pytest.raises(download.DownloadError, match="is refused"):
        _fetch(site, tmp_path)
    assert _names(tmp_path) == []


def test_wrong_sum_is_refused(site: Site, tmp_path: Path) -> None:
    expected = _md5(b"what was meant")
    with pytest.raises(download.DownloadError) as caught:
        _fetch(site, tmp_path, md5=expected)
    for word in (NAME, expected, _md5(BODY), "run the command again"):
        assert word in caught.value.message
    assert _names(tmp_path) == []


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
    with pytest.raises(download.DownloadError, match=r"keeps breaking .*again to resume"):
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
    with pytest.raises(download.DownloadError, match="answered 503 Service Unavailable"):
        _fetch(site, tmp_path, attempts=2)
    assert len(site.asked) == 3


def test_no_server_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(download.DownloadError, match=f"{url}/{NAME}: .*refused$"):
        _fetch(Site(url), tmp_path)


def test_too_little_space_stops_before_the_content(site: Site, tmp_path: Path) -> None:
    site.faults = ["huge"]
    with pytest.raises(download.DownloadError, match=f"{NAME} needs 1.0 EB more .* are free"):
        _fetch(site, tmp_path)
    assert len(site.asked) == 1


def test_output_that_cannot_be_made_is_a_clear_error(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(download.DownloadError, match=r"cannot write in .*Not a directory"):
        _fetch(site, tmp_path / "file" / "folder")


def test_ctrl_c_keeps_the_part_and_says_how_to_resume(site: Site, tmp_path: Path) -> None:
    site.faults = ["stall"]
    site.bodies = {NAME: BODY * 2}
    script = (
        # Set here, as a shell's background jobs start with SIGINT ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from cli import data; from cli.main import main; "
        f"data.PLACES365['256', 'val'] = ({NAME!r}, ''); main()"
    )
    args = ["data", "fetch", "--part", "val", "--output", str(tmp_path), "--base-url", site.url]
    command = [sys.executable, "-c", script, *args]
    part = tmp_path / f"{NAME}.part"
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not (part.exists() and part.stat().st_size) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(r"Error: stopped\. .* again to resume\.\n", errors)
    assert (BODY * 2).startswith(part.read_bytes())


def test_lists_are_unpacked_without_folders_links_and_other_files(tmp_path: Path) -> None:
    archive = tmp_path / "lists.tar"
    archive.write_bytes(_tar({"a.txt": b"a", "in/b.txt": b"b", "c.py": b""}, link="d.txt"))
    assert data.extract_lists(archive) == [tmp_path / "a.txt", tmp_path / "b.txt"]
    assert _names(tmp_path) == ["a.txt", "b.txt", "lists.tar"]
    assert (tmp_path / "b.txt").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["../evil.txt", "in/../../evil.txt", "/evil.txt"])
def test_lists_with_a_traversing_member_are_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "lists" / "lists.tar"
    archive.parent.mkdir()
    archive.write_bytes(_tar({"a.txt": b"a", name: b"evil"}))
    with pytest.raises(click.ClickException, match=r"is refused.*evil.txt"):
        data.extract_lists(archive)
    assert _names(archive.parent) == ["lists.tar"]
    assert _names(tmp_path) == ["lists"]


def test_unreadable_lists_are_a_clear_error(tmp_path: Path) -> None:
    archive = tmp_path / "lists.tar"
    archive.write_bytes(b"not a tar archive")
    with pytest.raises(click.ClickException, match="cannot unpack"):
        data.extract_lists(archive)


@pytest.fixture
def places(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Puts small files with their own sums in the place of the official ones."""
    site.bodies = {
        name: _tar({f"places365_{part}.txt": f"{size} {part}".encode()})
        for (size, part), (name, _) in data.PLACES365.items()
    }
    small = {key: (name, _md5(site.bodies[name])) for key, (name, _) in data.PLACES365.items()}
    monkeypatch.setattr(data, "PLACES365", small)
    return site


def _run(places: Site, output: Path, *args: str) -> Result:
    command = ["data", "fetch", "--output", str(output), "--base-url", places.url, *args]
    return CliRunner().invoke(main, command)


def test_command_gets_all_parts_at_256_by_default(places: Site, tmp_path: Path) -> None:
    result = _run(places, tmp_path)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{data.TERMS}\n")
    assert result.output.endswith(f"lists: 1 .txt files unpacked in {tmp_path}\n")
    lists = "filelist_places365-standard.tar"
    train = "train_256_places365standard.tar"
    assert _names(tmp_path) == [lists, "places365_lists.txt", train, "val_256.tar"]


def test_command_gets_the_parts_and_size_asked_for(places: Site, tmp_path: Path) -> None:
    args = ["--size", "large", "--part", "val", "--part", "train", "--part", "val"]
    result = _run(places, tmp_path, *args)
    assert result.exit_code == 0, result.output
    assert _names(tmp_path) == ["train_large_places365standard.tar", "val_large.tar"]
    assert len(places.asked) == 2


def test_command_reports_a_missing_file_in_one_line(places: Site, tmp_path: Path) -> None:
    del places.bodies["val_256.tar"]
    result = _run(places, tmp_path, "--part", "val")
    assert result.exit_code == 1
    url = f"{places.url}/val_256.tar"
    error = f"Error: cannot download {url}: the server answered 404 Not Found"
    assert result.output.splitlines() == [data.TERMS, error]
    assert _names(tmp_path) == []


def test_command_refuses_a_wrong_sum(places: Site, tmp_path: Path) -> None:
    places.bodies["val_256.tar"] = b"other bytes"
    result = _run(places, tmp_path, "--part", "val")
    assert result.exit_code == 1
    assert "Error: val_256.tar is refused: its MD5 is" in result.output
    assert _names(tmp_path) == []
