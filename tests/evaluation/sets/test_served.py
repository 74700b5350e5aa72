"""`outpaint data drift`: what is sent beside what was learnt from, of photographs that ship."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner, Result
from PIL import Image

from cli.main import main
from models import features
from models.quality import looks
from tests.json_api import JsonHandler

FILES = sorted((Path(__file__).parents[3] / "data" / "sample").rglob("*.jpg"))
LEAST = ["--least", "20", "--threshold", "0.2"]


def _pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT):
        (folder / f"Split-{split}").mkdir()
        with tf.io.TFRecordWriter(str(folder / f"Split-{split}" / "data-00000")) as writer:
            for file in FILES:
                example = tf.train.Example()
                feature = example.features.feature
                feature[features.IMAGE].bytes_list.value.append(file.read_bytes())
                feature[features.PATH].bytes_list.value.append(file.name.encode())
                for name in (features.WIDTH, features.HEIGHT):
                    feature[name].int64_list.value.append(256)
                writer.write(example.SerializeToString())
    return folder


def sent(folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> Path:
    """What the server keeps of the photographs, changed."""
    folder.mkdir()
    lines = [json.dumps(looks.look(change(_pixels(file)))) for file in FILES]
    half = len(lines) // 2
    (folder / "requests.1.jsonl").write_text("\n".join(lines[:half]) + "\n")
    # The last line is being written.
    (folder / "requests.jsonl").write_text("\n".join(lines[half:]) + '\n{"bright')
    return folder


def drift(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", "drift", *map(str, arguments)])


class _Hook(JsonHandler):
    server: "_Hooks"

    def do_POST(self) -> None:  # noqa: N802 - http.server names it
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer({})


class _Hooks(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.told: list[dict] = []


@pytest.fixture
def hook() -> Iterator[_Hooks]:
    server = _Hooks()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_same_photographs_do_not_drift(examples: Path, tmp_path: Path, hook: _Hooks) -> None:
    folder = sent(tmp_path / "sent", lambda pixels: pixels)
    url = f"http://127.0.0.1:{hook.server_port}/"
    done = drift(examples, folder, *LEAST, "--webhook", url)
    assert done.exit_code == 0, done.output
    assert f"{len(FILES)} pictures sent, {len(FILES)} training images" in done.output
    assert not hook.told


def test_darker_ones_do_and_a_webhook_is_told(examples: Path, tmp_path: Path, hook: _Hooks) -> None:
    folder = sent(tmp_path / "sent", lambda pixels: pixels // 4)
    url = f"http://127.0.0.1:{hook.server_port}/"
    page = tmp_path / "page"
    done = drift(examples, folder, *LEAST, "--webhook", url, "--output", page, "--json")
    assert done.exit_code == 1, done.output
    found = {each["feature"]: each for each in json.loads(done.stdout)["differences"]}
    assert set(found) == set(looks.NAMES)
    assert found["brightness"]["large"]
    assert found["brightness"]["kind"] == "skew"
    (told,) = hook.told
    assert told["drift"]["brightness"] == pytest.approx(found["brightness"]["value"])
    assert "pictures that are sent differ from those learnt from: " in told["text"]
    written = (page / "drift.html").read_text()
    assert written.count("data:image/svg+xml;base64,") == len(looks.NAMES)
    assert written.count('<tr class="large">') == sum(each["large"] for each in found.values())


def test_a_webhook_that_does_not_answer_is_told(examples: Path, tmp_path: Path) -> None:
    folder = sent(tmp_path / "sent", lambda pixels: pixels // 4)
    done = drift(examples, folder, *LEAST, "--webhook", "http://127.0.0.1:9/secret")
    assert done.exit_code == 1
    assert "webhook at 127.0.0.1: ConnectionError" in done.output
    assert "secret" not in done.output


def test_what_cannot_be_told_is_neither_drift_nor_none(examples: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = drift(examples, empty)
    assert (done.exit_code, "no samples" in done.output) == (2, True)
    folder = sent(tmp_path / "sent", lambda pixels: pixels)
    done = drift(examples, folder, "--least", "10000")
    assert done.exit_code == 2
    assert f"{len(FILES)} pictures, too few to tell" in done.output
    (folder / "requests.1.jsonl").write_text('{"brightness": "dark"}\n')
    done = drift(examples, folder, *LEAST)
    assert done.exit_code == 2
    assert "requests.1.jsonl, line 1: not figures of a picture" in done.output
