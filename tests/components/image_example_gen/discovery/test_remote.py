"""Lists and reads `gs://` by Beam's own client, from a server that answers as Cloud Storage."""

import json
import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.components.conftest import MakeTar

ROOT = Path(__file__).parents[4]
SCRIPT = """
import json, sys
import google.auth
from google.auth.credentials import AnonymousCredentials
google.auth.default = lambda *_, **__: (AnonymousCredentials(), "mine")  # or it is searched for
from components.image_example_gen import reading
from components.image_example_gen.discovery import find, listing
from components.image_example_gen.discovery.entries import Entry
try:
    list(listing.list_files(["gs://mine/nowhere"]))
except ValueError as error:
    refused = str(error)
found = list(find.find(list(listing.list_files(sys.argv[1:]))))
entries = [one for one in found if isinstance(one, Entry)]
read = {entry.path: data.decode() for entry, data in reading.read(entries, 1000)}
print(json.dumps([read, {entry.path: [entry.split, entry.category] for entry in entries},
                  [list(one) for one in found if not isinstance(one, Entry)], refused]))
"""


class Bucket:
    """Objects, and what was asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.listed: list[str] = []
        self.url = ""


def _handler(bucket: Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            name = urllib.parse.unquote(path.partition("/o/")[2])
            if not name:
                prefix = urllib.parse.parse_qs(query).get("prefix", [""])[0]
                bucket.listed.append(prefix)
                found = [_described(n) for n in sorted(bucket.objects) if n.startswith(prefix)]
                return self._answer(json.dumps({"items": found}).encode())
            if name not in bucket.objects:
                return self.send_error(404)
            if "alt=media" not in query:
                return self._answer(json.dumps(_described(name)).encode())
            content = bucket.objects[name]
            first, _, last = (
                self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            )
            if int(first) >= len(content):
                return self.send_error(416)
            part = content[int(first) : int(last) + 1 if last else None]
            self._answer(part, f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}")

        def _answer(self, body: bytes, part: str = "") -> None:
            self.send_response(206 if part else 200)
            self.send_header(
                "Content-Type", "application/octet-stream" if part else "application/json"
            )
            if part:
                self.send_header("Content-Range", part)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    def _described(name: str) -> dict[str, str]:
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": "mine",
            "size": str(len(bucket.objects[name])),
            "updated": "2024-05-06T07:08:09.000Z",
            "generation": "1",
        }

    return Handler


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    made = Bucket()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(made)) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def _run(bucket: Bucket, *data: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "STORAGE_EMULATOR_HOST": bucket.url,
        "NO_GCE_CHECK": "true",
        "GOOGLE_APPLICATION_CREDENTIALS": "",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, *data],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_folders_archives_and_single_files_of_a_bucket_and_a_place_that_is_not_there(
    bucket: Bucket, tmp_path: Path, make_tar: MakeTar
) -> None:
    archive = make_tar(tmp_path / "x.tar", {"val/lake/5.jpg": b"5", "note.txt": b""})
    bucket.objects = {
        "photos/train/beach/1.jpg": b"1",
        "photos/[a]*{YYYY}/2.jpg": b"2",
        "photos/.thumbnails/3.jpg": b"3",
        "photos/empty folder/": b"",
        "photos/a.mov": b"",
        "photos2/4.jpg": b"4",
        "[odd] photos/7.jpg": b"7",
        "shards/x.tar": archive.read_bytes(),
        "single.jpg": b"6",
    }
    data = ["photos/", "shards/x.tar", "single.jpg", "[odd] photos"]
    done = _run(bucket, *(f"gs://mine/{name}" for name in data))
    assert done.returncode == 0, done.stderr[-3000:]
    read, said, others, refused = json.loads(done.stdout.splitlines()[-1])
    assert read == {
        "photos/[a]*{YYYY}/2.jpg": "2",
        "photos/train/beach/1.jpg": "1",
        "x.tar/val/lake/5.jpg": "5",
        "single.jpg": "6",
        "[odd] photos/7.jpg": "7",
    }
    assert said["photos/train/beach/1.jpg"] == ["train", "beach"]
    assert said["x.tar/val/lake/5.jpg"] == ["eval", "lake"]
    assert sorted(others) == [
        ["photos/.thumbnails/3.jpg", "hidden"],
        ["photos/a.mov", ".mov"],
        ["x.tar/note.txt", ".txt"],
    ]
    assert bucket.listed.count("photos/") == 1  # one listing of a folder, whatever lies in it
    assert refused == "gs://mine/nowhere: no such file or folder"
