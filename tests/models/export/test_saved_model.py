"""The SavedModel, loaded as whoever serves it loads it."""

import io
import subprocess
import sys
from pathlib import Path

import hypothesis
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from PIL import Image

from models import features
from models.images import fills, masking, preprocessing, tfrecords
from models.networks import interface
from models.quality import metrics
from serving.model.outpainter import Outpainter
from serving.request import Request
from tests.pictures import encoded

SAMPLE = Path(__file__).parents[3] / "data" / "sample"

BORDER = masking.Border(32, 32, 32, 32)  # also of the transform graph
BORDER_MASK = masking.border_mask(BORDER)[None]
KEYS = {
    prefix + metric
    for prefix in ("", "mean_fill_", "replicate_fill_", "reflect_fill_", "fade_fill_")
    for metric in ("mse", "l1", "psnr", "ssim")
}
GRADIENTS = {f"{prefix}{name}" for prefix in ("", "real_") for name in features.GRADIENTS}
OUTPUTS = {*KEYS, *GRADIENTS, "pictures"}


@pytest.fixture(scope="module")
def signatures(saved_model: Path):
    return tf.saved_model.load(str(saved_model)).signatures


@pytest.fixture(scope="module")
def image_files() -> list[bytes]:
    """JPEGs and PNGs of different sizes."""
    files = []
    sizes = [(256, 256), (201, 173), (97, 131), (300, 128)]
    for path, size in zip(sorted(SAMPLE.glob("val/*/*_1.jpg")), sizes, strict=False):
        with Image.open(path) as image:
            files.append(encoded(image.resize(size), "PNG" if len(files) % 2 else "JPEG"))
    return files


def imagined(generator: keras.Model, canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
    return np.asarray(interface.imagine(generator, masking.hide(canvases, masks), masks))


def test_signatures_are_those_of_the_vocabulary(signatures) -> None:
    assert set(signatures) == {"serving_default", "outpaint", "evaluate"}
    inputs = {name: signatures[name].structured_input_signature[1] for name in signatures}
    assert inputs == {
        "serving_default": {"image_bytes": tf.TensorSpec([None], tf.string, "image_bytes")},
        "outpaint": {
            "canvases": tf.TensorSpec([None, 128, 128, 3], tf.float32, "canvases"),
            "masks": tf.TensorSpec([None, 128, 128, 1], tf.float32, "masks"),
        },
        "evaluate": {"examples": tf.TensorSpec([None], tf.string, "examples")},
    }


def test_serving_gives_a_png_for_every_file(
    signatures, small_generator: keras.Model, image_files: list[bytes]
) -> None:
    result = signatures["serving_default"](image_bytes=tf.constant(image_files))
    assert result.keys() == {"outpainted_bytes"}
    outpainted = []
    for data in result["outpainted_bytes"].numpy():
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (128, 128))
            outpainted.append(np.asarray(image, np.float32) / 255)
    assert len(outpainted) == len(image_files) == 4
    pictures = preprocessing.decode_images(tf.constant(image_files)).numpy()
    expected = np.where(
        BORDER_MASK == 1, imagined(small_generator, pictures, BORDER_MASK), pictures
    )
    np.testing.assert_allclose(outpainted, expected, atol=0.51 / 255)


def test_serving_does_not_look_at_the_border(signatures, photographs: np.ndarray) -> None:
    def png(picture: np.ndarray) -> bytes:
        return encoded(Image.fromarray(np.round(picture * 255).astype(np.uint8)))

    painted = np.where(BORDER_MASK[0] == 1, 1 - photographs[0], photographs[0])
    files = tf.constant([png(photographs[0]), png(painted)])
    first, second = signatures["serving_default"](image_bytes=files)["outpainted_bytes"].numpy()
    assert first == second


@hypothesis.settings(max_examples=15)
@hypothesis.given(
    st.lists(st.integers(0, 128), min_size=4, max_size=4), st.sampled_from([0.0, 1e9, np.nan])
)
def test_outpaint_keeps_the_known_and_imagines_the_rest(
    signatures,
    small_generator: keras.Model,
    photographs: np.ndarray,
    rectangle: list[int],
    junk: float,
) -> None:
    # Any rectangle, nothing and everything included, whatever lies under the mask.
    top, bottom, left, right = rectangle
    mask = np.zeros((128, 128, 1), np.float32)
    mask[min(top, bottom) : max(top, bottom), min(left, right) : max(left, right)] = 1
    masks = np.stack([mask, 1 - mask])
    pictures = photographs[:2]
    canvases = np.where(masks == 1, np.float32(junk), pictures)
    result = signatures["outpaint"](canvases=tf.constant(canvases), masks=tf.constant(masks))
    assert result.keys() == {"outpainted"}
    outpainted = result["outpainted"].numpy()
    known = masks[..., 0] == 0
    np.testing.assert_array_equal(outpainted[known], pictures[known])
    guess = imagined(small_generator, pictures, masks)
    np.testing.assert_allclose(outpainted[~known], guess[~known], atol=1e-5)


def test_evaluate_measures_model_and_fills_over_the_border(
    signatures, small_generator: keras.Model, sample_examples: Path, transform_graph: str
) -> None:
    records = list(tf.data.TFRecordDataset(str(sample_examples)).as_numpy_iterator())
    result = signatures["evaluate"](examples=tf.constant(records))
    every = ("", *features.FILLS)
    assert result.keys() == OUTPUTS
    assert {features.metric_key(m, fill) for fill in every for m in features.METRICS} == KEYS
    transform = tfrecords.load_transform(transform_graph)
    targets = tfrecords.pictures([str(sample_examples)], transform, 100).numpy()
    guesses = {
        "": imagined(small_generator, targets, BORDER_MASK),
        **{name: fill(targets, BORDER) for name, fill in fills.FILLS.items()},
    }
    for name, guess in guesses.items():
        filled = np.where(BORDER_MASK == 1, guess, targets)
        for metric, expected in metrics.all_metrics(targets, filled, BORDER_MASK).items():
            values = result[features.metric_key(metric, name)]
            assert values.shape == (10,)
            np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-5)
    whole = np.where(BORDER_MASK == 1, guesses[""], targets)
    for name, pictures in (("", whole), (features.REAL, targets)):
        for metric, expected in metrics.gradients(pictures, BORDER_MASK).items():
            found = result[features.metric_key(metric, name)]
            np.testing.assert_allclose(found, expected, rtol=1e-4)
    pairs = np.stack([targets, whole], axis=1)
    assert result["pictures"].dtype == tf.uint8
    np.testing.assert_allclose(result["pictures"].numpy() / 255, pairs, atol=0.51 / 255)
    hidden = BORDER_MASK[0, ..., 0] == 1
    by_hand = ((targets - guesses[""])[:, hidden] ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(result["mse"], by_hand, rtol=1e-4)


FRESH_PROCESS = """
import sys
import numpy as np
import tensorflow as tf
folder, record, canvas, output = sys.argv[1:]
signatures = tf.saved_model.load(folder).signatures
canvases = tf.constant(np.load(canvas))
masks = tf.ones([len(canvases), 128, 128, 1])
results = signatures["outpaint"](canvases=canvases, masks=masks)
results |= signatures["evaluate"](examples=tf.constant([open(record, "rb").read()]))
ours = {"models", "pipeline", "tensorflow_transform", "tfx", "tfx_bsl", "apache_beam"}
assert not ours & set(sys.modules), ours & set(sys.modules)
np.savez(output, **{name: value.numpy() for name, value in results.items()})
"""


def test_saved_model_needs_nothing_but_tensorflow(
    signatures, saved_model: Path, sample_examples: Path, photographs: np.ndarray, tmp_path: Path
) -> None:
    canvases = photographs[:1]
    record = next(tf.data.TFRecordDataset(str(sample_examples)).as_numpy_iterator())
    (tmp_path / "record").write_bytes(record)
    np.save(tmp_path / "canvas.npy", canvases)
    files = [tmp_path / name for name in ("record", "canvas.npy", "output.npz")]
    # From a folder where none of our modules can be found.
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, str(saved_model), *map(str, files)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    masks = tf.ones([1, 128, 128, 1])
    expected = signatures["outpaint"](canvases=tf.constant(canvases), masks=masks)
    expected |= signatures["evaluate"](examples=tf.constant([record]))
    with np.load(files[-1]) as results:
        assert set(results) == {*OUTPUTS, "outpainted"}
        for name, value in expected.items():
            level = 1 if name == "pictures" else 1e-5
            np.testing.assert_allclose(results[name], value, rtol=1e-4, atol=level)


def test_outpainter_serves_what_is_exported(
    signatures, saved_model: Path, photographs: np.ndarray
) -> None:
    # At the model's own size nothing is scaled, so the result is the signature's, in levels.
    picture = np.round(photographs[0] * 255).astype(np.uint8)
    request = Request(mode="restore", blend="none", synthesis="none")
    outpainted = Outpainter(saved_model).outpaint(picture, request)
    canvases = tf.constant(picture[None].astype(np.float32) / 255)
    result = signatures["outpaint"](canvases=canvases, masks=tf.constant(BORDER_MASK))
    expected = np.round(result["outpainted"].numpy()[0] * 255)
    np.testing.assert_allclose(outpainted, expected, atol=1)


def test_a_grey_file_comes_back_grey_to_the_level(signatures, image_files: list[bytes]) -> None:
    files = []
    for number, content in enumerate(image_files):
        with Image.open(io.BytesIO(content)) as image:
            # As one channel, and as three that are alike.
            plain = image.convert("L") if number < 2 else image.convert("L").convert("RGB")
            files.append(encoded(plain, "JPEG" if number % 2 else "PNG"))
    outpainted = signatures["serving_default"](tf.constant([*files, image_files[0]]))
    *greys, coloured = outpainted[features.OUTPAINTED_BYTES].numpy()
    for content in greys:
        picture = np.asarray(Image.open(io.BytesIO(content)))
        assert picture.shape == (128, 128, 3)
        np.testing.assert_array_equal(picture.max(axis=-1), picture.min(axis=-1))
    picture = np.asarray(Image.open(io.BytesIO(coloured)))
    assert np.any(picture[:32].max(axis=-1) != picture[:32].min(axis=-1))
