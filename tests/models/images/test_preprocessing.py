"""Image bytes to pictures, held against Pillow."""

import io
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from hypothesis import strategies as st
from PIL import Image

from models import features
from models.images import masking, preprocessing
from tests.pictures import encoded

SAMPLE = Path(__file__).parents[3] / "data" / "sample"

SIZES = [(201, 173), (255, 256), (97, 131), (128, 250), (129, 128), (33, 47)]  # width, height
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    with Image.open(SAMPLE / "val" / "pier" / "cold_ripple_2.jpg") as image:
        return image.convert("RGB")


def cropped(photograph: Image.Image, size: tuple[int, int]) -> Image.Image:
    return photograph.crop((0, 0, *size))


def expected(image: Image.Image) -> np.ndarray:
    """Pillow's centre crop and bilinear resize, in floats so that nothing is rounded."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.convert("RGB").crop((left, top, left + side, top + side))
    channels = [
        channel.convert("F").resize((128, 128), Image.Resampling.BILINEAR)
        for channel in square.split()
    ]
    return np.stack(channels, axis=-1) / 255


def decoded(*files: bytes) -> np.ndarray:
    return preprocessing.decode_images(tf.constant(files)).numpy()


@every_size
def test_resize_is_an_antialiased_centre_crop(
    photograph: Image.Image, size: tuple[int, int]
) -> None:
    image = cropped(photograph, size)
    result = preprocessing.resize(tf.constant(np.asarray(image)))
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, expected(image), atol=1e-5)


@every_size
def test_jpeg_is_decoded_as_pillow_does(photograph: Image.Image, size: tuple[int, int]) -> None:
    jpeg = encoded(cropped(photograph, size), "JPEG", quality=95)
    difference = np.abs(decoded(jpeg)[0] - expected(Image.open(io.BytesIO(jpeg))))
    # TensorFlow's decoder takes the faster cosine transform, Pillow's the more exact one.
    assert difference.mean() < 1 / 255
    assert difference.max() < 6 / 255


@pytest.mark.parametrize("format", ["PNG", "BMP", "GIF"])
def test_lossless_formats_are_decoded_exactly(photograph: Image.Image, format: str) -> None:
    image = cropped(photograph, (160, 131)).quantize(64)  # a GIF holds 256 colours
    data = encoded(image if format == "GIF" else image.convert("RGB"), format)
    np.testing.assert_allclose(decoded(data)[0], expected(image), atol=1e-5)


def test_first_frame_of_a_moving_gif_is_taken(photograph: Image.Image) -> None:
    first = cropped(photograph, (150, 150)).quantize(64)
    second = first.transpose(Image.Transpose.ROTATE_90)
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    np.testing.assert_allclose(decoded(data)[0], expected(first), atol=1e-5)


def test_grey_jpeg_becomes_three_equal_channels(photograph: Image.Image) -> None:
    jpeg = encoded(cropped(photograph, (160, 131)).convert("L"), "JPEG", quality=95)
    result = decoded(jpeg)[0]
    np.testing.assert_array_equal(result[..., 0], result[..., 1])
    np.testing.assert_array_equal(result[..., 0], result[..., 2])
    np.testing.assert_allclose(result, expected(Image.open(io.BytesIO(jpeg))), atol=6 / 255)


def test_files_of_different_sizes_and_formats_share_a_batch(photograph: Image.Image) -> None:
    images = [cropped(photograph, size) for size in SIZES]
    files = [encoded(im, form) for im, form in zip(images, ["PNG", "BMP"] * 3, strict=True)]
    result = decoded(*files)
    assert result.shape == (len(files), 128, 128, 3)
    np.testing.assert_allclose(result, [expected(image) for image in images], atol=1e-5)


def test_no_files_give_an_empty_batch() -> None:
    assert preprocessing.decode_images(tf.constant([], tf.string)).shape == (0, 128, 128, 3)


def test_picture_of_the_right_size_passes_unchanged(photograph: Image.Image) -> None:
    image = photograph.resize((128, 128))
    result = decoded(encoded(image, "PNG"))
    np.testing.assert_array_equal(result[0], np.asarray(image, np.float32) / 255)


def test_broken_file_is_an_error(photograph: Image.Image) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decoded(encoded(photograph, "PNG")[:1000])


@hypothesis.given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_any_size_becomes_the_networks_own_within_its_values(
    width: int, height: int, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    result = preprocessing.resize(tf.constant(pixels)).numpy()
    assert result.shape == (128, 128, 3)
    assert result.min() >= pixels.min() / 255 - 1e-5
    assert result.max() <= pixels.max() / 255 + 1e-5
    assert 0 <= result.min() <= result.max() <= 1


def test_eager_and_inside_a_dataset_give_the_same(photograph: Image.Image) -> None:
    files = [encoded(cropped(photograph, size), "JPEG") for size in SIZES]
    dataset = tf.data.Dataset.from_tensor_slices(files).batch(4).map(preprocessing.decode_images)
    np.testing.assert_allclose(np.concatenate(list(dataset)), decoded(*files), atol=1e-6)


def test_preprocessing_gives_the_picture_whole_and_masked(photograph: Image.Image) -> None:
    data = encoded(photograph, "JPEG")
    border = [10, 20, 30, 40]
    result = preprocessing.preprocessing_fn(
        {features.IMAGE: tf.constant([[data]])}, {"border": border, "crop": False}
    )
    assert result.keys() == {features.TARGET, features.MASKED}
    np.testing.assert_array_equal(result[features.TARGET], decoded(data))
    mask = masking.border_mask(masking.Border(*border))
    np.testing.assert_array_equal(result[features.MASKED], masking.hide(decoded(data), mask))


def test_transform_graph_gives_what_the_function_gives(
    photograph: Image.Image, transform_graph: str
) -> None:
    files = [[encoded(cropped(photograph, size), "JPEG")] for size in SIZES[:3]]
    inputs = {features.IMAGE: tf.constant(files)}
    layer = tft.TFTransformOutput(transform_graph).transform_features_layer()
    through_graph = layer(inputs)
    direct = preprocessing.preprocessing_fn(inputs, {"border": [32, 32, 32, 32], "crop": True})
    assert through_graph.keys() == direct.keys()
    for key, value in direct.items():
        np.testing.assert_allclose(through_graph[key], value, atol=1e-6)


def test_the_larger_picture_for_crops_is_the_same_scene(photograph: Image.Image) -> None:
    inputs = {features.IMAGE: tf.constant([[encoded(photograph, "JPEG")]])}
    result = preprocessing.preprocessing_fn(inputs, {"border": [9, 9, 9, 9], "crop": True})
    scene = result[features.SCENE]
    assert scene.shape == (1, features.SCENE_SIZE, features.SCENE_SIZE, 3)
    smaller = tf.image.resize(scene, (128, 128), antialias=True)
    assert np.abs(smaller - result[features.TARGET]).mean() < 0.02
