"""The model's versions: the newest that works is used, and replaced while requests run."""

import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.export import calling
from serving.engine.predict import Network
from serving.errors import NoModel
from serving.model import card, versions
from serving.model.batching import Batcher
from serving.model.outpainter import Outpainter
from serving.request import Request

RIGHT = Request(right="8", blend="none", synthesis="none")
PICTURE = np.full((32, 32, 3), 100, np.uint8)


def imagined(outpainter: Outpainter) -> int:
    """The level in which the outpainter's model paints."""
    result = outpainter.outpaint(PICTURE, RIGHT)
    np.testing.assert_array_equal(result[:, :32], PICTURE)
    (level,) = np.unique(result[:, 32:])
    return int(level)


def test_a_saved_model_by_itself_is_served(write_version: Callable[..., Path]) -> None:
    folder = write_version(3, level=0.2)
    outpainter = Outpainter(folder)
    assert (outpainter.version, outpainter.path) == ("3", folder)
    assert imagined(outpainter) == 51
    assert not outpainter.reload_if_newer()


def test_newest_version_is_served_and_newer_ones_replace_it(
    write_version: Callable[..., Path],
) -> None:
    write_version(9, level=0.2)
    folder = write_version(10, level=0.4).parent
    (folder / "11").write_text("no folder")
    (folder / "notes").mkdir()
    outpainter = Outpainter(folder)
    assert outpainter.version == "10"
    assert imagined(outpainter) == 102
    assert not outpainter.reload_if_newer()
    write_version(12, level=0.6)
    assert imagined(outpainter) == 102
    assert outpainter.reload_if_newer()
    assert outpainter.version == "12"
    assert imagined(outpainter) == 153
    assert not outpainter.reload_if_newer()


def test_half_written_versions_are_passed_over_until_they_are_whole(
    write_version: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_version(1, level=0.2).parent
    whole = write_version(2, level=0.4).rename(tmp_path / "whole")
    outpainter = Outpainter(folder)
    (folder / "2").mkdir()  # as a copy begins
    assert not outpainter.reload_if_newer()
    content = (whole / "saved_model.pb").read_bytes()
    (folder / "2" / "saved_model.pb").write_bytes(content[: len(content) // 2])
    with caplog.at_level(logging.WARNING):
        assert not outpainter.reload_if_newer()
        assert not outpainter.reload_if_newer()
    said = [log.getMessage() for log in caplog.records if log.name == versions.__name__]
    assert len(said) == 1  # not tried again as long as nothing changes
    assert f"version passed over: {folder / '2'}: no SavedModel" in said[0]
    assert "\n" not in said[0]
    assert (outpainter.version, imagined(outpainter)) == ("1", 51)
    shutil.copytree(whole, folder / "2", dirs_exist_ok=True)
    assert outpainter.reload_if_newer()
    assert (outpainter.version, imagined(outpainter)) == ("2", 102)


def test_a_broken_newest_version_at_the_start_leaves_the_one_before(
    write_version: Callable[..., Path],
) -> None:
    folder = write_version(1, level=0.2).parent
    (folder / "2").mkdir()
    (folder / "2" / "saved_model.pb").write_bytes(b"nonsense")
    assert Outpainter(folder).version == "1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such folder"),
        ([], "neither a SavedModel nor a folder of versions; run the pipeline first"),
        (["1/saved_model.pb"], "1: no SavedModel of this pipeline"),
    ],
)
def test_no_model_is_told(tmp_path: Path, content: list[str] | None, said: str) -> None:
    folder = tmp_path / "serving"
    for name in content or []:
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    if content == []:
        folder.mkdir()
    with pytest.raises(NoModel) as error:
        Outpainter(folder)
    assert str(error.value).startswith(str(folder))
    assert said in str(error.value)


def test_requests_in_flight_end_with_the_model_they_began_with(
    write_version: Callable[..., Path],
) -> None:
    folder = write_version(1, level=0.2).parent
    began, go_on = threading.Event(), threading.Event()

    class Held:
        def __init__(self, network: Network):
            self.network, self.any_size = network, network.any_size

        def predict(self, *call: np.ndarray | None) -> np.ndarray:
            began.set()
            assert go_on.wait(60)
            return self.network.predict(*call)

    outpainter = Outpainter(folder, through=Held)
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(imagined(outpainter)))
    thread.start()
    assert began.wait(60)
    write_version(2, level=0.4)
    assert outpainter.reload_if_newer()
    shutil.rmtree(folder / "1")  # as one who tidies up might
    go_on.set()
    thread.join(60)
    assert results == [51]
    assert imagined(outpainter) == 102


def test_versions_switch_under_many_callers_without_a_lost_or_mixed_picture(
    write_version: Callable[..., Path],
) -> None:
    folder = write_version(1, level=0.2).parent
    outpainter = Outpainter(folder)
    over = threading.Event()
    seen: list[list[int]] = [[] for _ in range(4)]
    failures: list[Exception] = []

    def call(levels: list[int]) -> None:
        try:
            while not over.is_set():
                levels.append(imagined(outpainter))  # of one level, or it raises
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=call, args=(levels,)) for levels in seen]
    for thread in threads:
        thread.start()
    for number in (2, 3):
        write_version(number, level=0.2 * number)
        assert outpainter.reload_if_newer()
    # All that begin from here on have the new one.
    assert imagined(outpainter) == 153
    over.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    for levels in seen:
        assert levels == sorted(levels)
        assert set(levels) <= {51, 102, 153}


FRESH_PROCESS = """
import sys
import serving.files.decoding, serving.model.outpainter, serving.request
light = {"tensorflow", "keras"} & set(sys.modules)
assert not light, light
from pathlib import Path
import numpy as np
outpainter = serving.model.outpainter.Outpainter(Path(sys.argv[1]))
result = outpainter.outpaint(np.zeros((8, 8, 3), np.uint8), serving.request.Request())
assert result.shape == (12, 12, 3)
ours = {"apache_beam", "tfx", "tensorflow_transform", "components", "pipeline", "models.export"}
assert not ours & set(sys.modules), ours & set(sys.modules)
"""


def test_serving_loads_neither_tfx_nor_beam(write_version: Callable[..., Path]) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, str(write_version(1).parent)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_model_that_draws_is_given_the_requests_seed_and_the_whole_canvas(
    drawing_model: Path, photographs: np.ndarray
) -> None:
    alone = Outpainter(drawing_model)
    batched = Outpainter(drawing_model, through=Batcher)
    picture = np.round(photographs[0] * 255).astype(np.uint8)
    fields = {"right": "64", "blend": "none", "synthesis": "none"}
    model = tf.saved_model.load(str(drawing_model))
    made = []
    for seed in (0, 5):
        request = Request.parse(fields | {"seed": seed})
        result = alone.outpaint(picture, request)
        np.testing.assert_array_equal(result, alone.outpaint(picture, request))
        np.testing.assert_allclose(result, batched.outpaint(picture, request), atol=1)
        # At the model's own scale: one call of 192 x 128.
        canvas = np.pad(picture, ((0, 0), (0, 64), (0, 0)))[None].astype(np.float32) / 255
        mask = np.zeros((1, 128, 192, 1), np.float32)
        mask[:, :, 128:] = 1
        expected = np.round(calling.outpaint(model, canvas, mask, seed).numpy()[0] * 255)
        np.testing.assert_allclose(result, expected, atol=1)
        made.append(result)
    assert np.abs(made[0].astype(int) - made[1])[:, 128:].max() > 10
    unsaid = alone.outpaint(picture, Request.parse(fields))
    np.testing.assert_array_equal(unsaid, made[0])
    assert card.models(alone)["models"] == [{"version": alone.version}]


def test_the_model_that_ships_draws_by_the_seed(photographs: np.ndarray) -> None:
    outpainter = Outpainter()
    picture = np.round(photographs[1] * 255).astype(np.uint8)
    fields = {"right": "50%", "blend": "none", "synthesis": "none"}
    first, again, other = (
        outpainter.outpaint(picture, Request.parse(fields | {"seed": seed})) for seed in (0, 0, 5)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
