"""The converted models, run as whoever takes them runs them, beside the SavedModel."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from models.export import convert
from models.images import masking

Run = Callable[[np.ndarray, np.ndarray], np.ndarray]
FORMATS = ["tflite", "onnx"]
LEVEL = 1 / 255

# TF2ONNX and the converter of TensorFlow Lite use what NumPy and TensorFlow have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Converted(NamedTuple):
    """A file, and what its writing gave."""

    file: Path
    difference: float
    run: Run


def opened(file: Path) -> Run:
    """Loads a file with the runtime it is for."""
    if file.suffix == ".onnx":
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        assert [value.name for value in session.get_inputs()] == ["canvases", "masks"]
        assert [value.name for value in session.get_outputs()] == ["outpainted"]
        return lambda canvases, masks: session.run(None, {"canvases": canvases, "masks": masks})[0]
    runner = tf.lite.Interpreter(str(file)).get_signature_runner("outpaint")
    return lambda canvases, masks: runner(canvases=canvases, masks=masks)["outpainted"]


@pytest.fixture(scope="module", params=["saved_model", "drawing_model"])
def exported(request: pytest.FixtureRequest) -> Path:
    """A model that draws nothing, and one that draws, for canvases of any size."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", params=FORMATS)
def converted(
    request: pytest.FixtureRequest, exported: Path, tmp_path_factory: pytest.TempPathFactory
) -> Converted:
    file = tmp_path_factory.mktemp("converted") / "new folder" / f"model.{request.param}"
    difference = convert.convert(str(exported), request.param, file)
    return Converted(file, difference, opened(file))


@pytest.fixture(scope="module")
def original(exported: Path) -> Run:
    model = tf.saved_model.load(str(exported))
    signature = model.signatures["outpaint"]

    def run(canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
        given = {"canvases": tf.constant(canvases), "masks": tf.constant(masks)}
        if "seeds" in signature.structured_input_signature[1]:
            given["seeds"] = tf.zeros([len(canvases)], tf.int64)
        return signature(**given)["outpainted"].numpy()

    return run


def masks_of(count: int) -> np.ndarray:
    """A border, a half and a hole."""
    masks = np.zeros((3, 128, 128, 1), np.float32)
    masks[0] = masking.border_mask(masking.Border(32, 32, 32, 32))
    masks[1, :, 70:] = 1
    masks[2, 30:90, 40:100] = 1
    return masks[:count]


@pytest.mark.parametrize("count", [1, 3, 2])  # the same file takes any number
def test_photographs_come_out_as_the_saved_model_gives_them(
    converted: Converted, original: Run, photographs: np.ndarray, count: int
) -> None:
    canvases, masks = photographs[:count], masks_of(count)
    outpainted = converted.run(canvases, masks)
    assert outpainted.shape == (count, 128, 128, 3)
    assert outpainted.dtype == np.float32
    np.testing.assert_allclose(outpainted, original(canvases, masks), atol=LEVEL)
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(outpainted[known], canvases[known])
    assert np.mean(outpainted[~known] != canvases[~known]) > 0.9  # the rest is imagined


def test_hidden_pixels_are_not_looked_at(converted: Converted, photographs: np.ndarray) -> None:
    masks = masks_of(3)
    outpainted = converted.run(photographs[:3], masks)
    for junk in (0.0, np.nan):
        canvases = np.where(masks == 1, np.float32(junk), photographs[:3])
        np.testing.assert_array_equal(converted.run(canvases, masks), outpainted)


def test_the_difference_is_told_and_small(converted: Converted) -> None:
    assert 0 <= converted.difference <= LEVEL


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("content", [None, b"not a model"])
def test_what_is_no_saved_model_is_an_error_that_names_it(
    tmp_path: Path, file_format: str, content: bytes | None
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if content:
        (folder / "saved_model.pb").write_bytes(content)
    with pytest.raises(convert.ConversionError, match=f"^{folder}: no SavedModel"):
        convert.convert(str(folder), file_format, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_saved_model_of_others_is_an_error(tmp_path: Path) -> None:
    module = tf.Module()
    module.f = tf.function(lambda x: {"y": x}, input_signature=[tf.TensorSpec([], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "theirs"), signatures={"serving_default": module.f})
    with pytest.raises(convert.ConversionError, match="no SavedModel of this pipeline"):
        convert.convert(str(tmp_path / "theirs"), "onnx", tmp_path / "model")


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("off", [2 * LEVEL, np.nan])
def test_a_model_that_differs_is_not_written(
    saved_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file_format: str,
    off: float,
) -> None:
    def run(content: bytes, inputs) -> np.ndarray:
        given = {name: tf.constant(value) for name, value in inputs.items()}
        outpainted = signature(**given)["outpainted"].numpy()
        outpainted[-1, 64, 64, 0] += off  # a single value of all
        return outpainted

    signature = tf.saved_model.load(str(saved_model)).signatures["outpaint"]
    file = tmp_path / "model"
    file.write_bytes(b"an older one")
    monkeypatch.setitem(convert.FORMATS, file_format, (lambda folder: b"", run))
    with pytest.raises(convert.ConversionError, match=f"the {file_format} model differs from"):
        convert.convert(str(saved_model), file_format, file)
    assert file.read_bytes() == b"an older one"


def test_a_missing_package_is_an_error_that_says_what_to_install(
    saved_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(convert.ConversionError, match=r"tf2onnx.*install it with.*export"):
        convert.convert(str(saved_model), "onnx", tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
