"""A SavedModel that draws: seeds and sizes, as whoever serves it meets them."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from models import features
from models.export import calling, noise, saved_model
from models.images import masking, tfrecords
from models.networks import interface, stochastic_unet
from models.training import devices

FOUR_SIDES = masking.border_mask(masking.FOUR_SIDES)[None]


@pytest.fixture(scope="module")
def loaded(drawing_model: Path):
    return tf.saved_model.load(str(drawing_model))


def outpainted(loaded, canvases: np.ndarray, masks: np.ndarray, seeds: list[int]) -> np.ndarray:
    given = {"canvases": canvases, "masks": masks, "seeds": np.int64(seeds)}
    tensors = {name: tf.constant(value) for name, value in given.items()}
    return loaded.signatures["outpaint"](**tensors)["outpainted"].numpy()


def test_the_signature_tells_of_seeds_and_sizes(loaded) -> None:
    assert loaded.signatures["outpaint"].structured_input_signature[1] == {
        "canvases": tf.TensorSpec([None, None, None, 3], tf.float32, "canvases"),
        "masks": tf.TensorSpec([None, None, None, 1], tf.float32, "masks"),
        "seeds": tf.TensorSpec([None], tf.int64, "seeds"),
    }
    assert set(loaded.signatures) == {"serving_default", "outpaint", "mean", "evaluate"}


def test_a_seed_gives_one_picture_whatever_the_batch(loaded, photographs: np.ndarray) -> None:
    canvases = np.repeat(photographs[:1], 4, axis=0)
    masks = np.repeat(FOUR_SIDES, 4, axis=0)
    seeds = [0, 7, 2**31 - 1, 7]
    together = outpainted(loaded, canvases, masks, seeds)
    np.testing.assert_array_equal(together[1], together[3])
    for one, seed in zip(together, seeds, strict=True):
        alone = outpainted(loaded, canvases[:1], masks[:1], [seed])[0]
        np.testing.assert_allclose(one, alone, atol=1e-5)  # sums of a batch may round otherwise
    for other in (0, 2):
        assert np.abs(together[1] - together[other]).max() > 10 / 255


def test_noise_is_drawn_from_the_seed_and_is_white() -> None:
    drawn = noise.from_seeds(tf.constant([5, 6, 5], tf.int64), 64, 96, 4).numpy()
    assert drawn.shape == (3, 64, 96, 4)
    np.testing.assert_array_equal(drawn[0], drawn[2])
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.03
    assert abs(drawn.mean()) < 0.03
    assert abs(drawn.std() - 1) < 0.03
    same = noise.alike(2, 64, 96, 4).numpy()
    np.testing.assert_array_equal(same[0], same[1])


@pytest.mark.parametrize("size", [(128, 192), (96, 160), (32, 32), (64, 512)])
def test_any_size_is_what_the_network_gives(
    loaded, drawing_generator: keras.Model, size: tuple[int, int]
) -> None:
    canvases = np.random.default_rng(0).random((2, *size, 3), np.float32)
    masks = np.zeros((2, *size, 1), np.float32)
    masks[0, :, size[1] // 2 :] = 1
    masks[1, : size[0] // 4] = 1
    found = outpainted(loaded, canvases, masks, [3, 4])
    drawn = noise.from_seeds(tf.constant([3, 4], tf.int64), *size, stochastic_unet.NOISE_CHANNELS)
    guess = interface.imagine(
        drawing_generator, masking.hide(canvases, masks), tf.constant(masks), drawn
    )
    hidden = masks[..., 0] == 1
    np.testing.assert_array_equal(found[~hidden], canvases[~hidden])
    np.testing.assert_allclose(found[hidden], guess.numpy()[hidden], atol=1e-4)


def test_the_mean_is_that_of_the_network_within(
    loaded, drawing_generator: keras.Model, photographs: np.ndarray
) -> None:
    canvases = photographs[:2, 32:]
    masks = np.zeros((*canvases.shape[:3], 1), np.float32)
    masks[:, :, 64:] = 1
    given = {"canvases": tf.constant(canvases), "masks": tf.constant(masks)}
    found = loaded.signatures["mean"](**given)["outpainted"].numpy()
    mean = interface.mean_of(drawing_generator)
    expected = interface.imagine(mean, masking.hide(canvases, masks), tf.constant(masks))
    np.testing.assert_allclose(found[:, :, 64:], expected[:, :, 64:], atol=1e-5)
    np.testing.assert_array_equal(found[:, :, :64], canvases[:, :, :64])
    assert interface.mean_of(mean) is mean


def test_hidden_pixels_are_not_looked_at(loaded, photographs: np.ndarray) -> None:
    junk = np.where(FOUR_SIDES == 1, np.float32(np.nan), photographs[:1])
    expected = outpainted(loaded, photographs[:1], FOUR_SIDES, [1])
    np.testing.assert_array_equal(outpainted(loaded, junk, FOUR_SIDES, [1]), expected)


def test_evaluation_and_files_are_of_the_fixed_seed(
    loaded, sample_examples: Path, photographs: np.ndarray
) -> None:
    records = list(tf.data.TFRecordDataset(str(sample_examples)).as_numpy_iterator())[:3]
    pairs = loaded.signatures["evaluate"](examples=tf.constant(records))["pictures"].numpy()
    truth = (pairs[:, 0] / 255).astype(np.float32)
    masks = np.repeat(FOUR_SIDES, 3, axis=0)
    expected = outpainted(loaded, truth, masks, [noise.SEED] * 3)
    np.testing.assert_allclose(pairs[:, 1] / 255, expected, atol=3 / 255)
    files = tf.constant([tf.io.encode_png(picture).numpy() for picture in pairs[:, 0]])
    served = loaded.signatures["serving_default"](image_bytes=files)["outpainted_bytes"]
    pixels = np.stack([tf.io.decode_png(data).numpy() for data in served])
    np.testing.assert_allclose(pixels / 255, expected, atol=1 / 255)


def test_any_model_is_called_alike(loaded, saved_model: Path, photographs: np.ndarray) -> None:
    masks = np.repeat(FOUR_SIDES, 2, axis=0)
    with_seed = calling.outpaint(loaded, photographs[:2], masks, seed=5).numpy()
    expected = outpainted(loaded, photographs[:2], masks, [5, 5])
    np.testing.assert_array_equal(with_seed, expected)
    older = tf.saved_model.load(str(saved_model))
    assert calling.takes_seeds(loaded)
    assert not calling.takes_seeds(older)
    first, second = (calling.outpaint(older, photographs[:2], masks, seed=s) for s in (5, 6))
    np.testing.assert_array_equal(first, second)


def test_nothing_is_stored_but_the_weights(
    transform_graph: str, drawing_generator: keras.Model, tmp_path: Path
) -> None:
    with devices.storage("float16"):
        halved = stochastic_unet.build_stochastic_unet((4, 8, 8, 8, 8), (1, 1, 1, 1))
    halved.set_weights(drawing_generator.get_weights())
    layer = tfrecords.load_transform(transform_graph)
    saved_model.save(halved, layer, masking.FOUR_SIDES, str(tmp_path))
    weights = next((tmp_path / "variables").glob("variables.data*")).stat().st_size
    assert weights < 2 * halved.count_params() + 600 * len(halved.weights)  # a line each
    proto = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    graph = proto.meta_graphs[0].graph_def
    fields = {field.name: value for field, value in graph.ListFields()}
    functions = fields["library"].function
    nodes = [*graph.node, *(node for function in functions for node in function.node_def)]
    tensors = [node.attr["value"].tensor for node in nodes if node.op == "Const"]
    text = tf.string.as_datatype_enum  # the list of what there is, once more
    constants = [tensor.ByteSize() for tensor in tensors if tensor.dtype != text]
    mask = 4 * features.IMAGE_SIZE**2
    assert max(constants) < mask + 100  # which hides the border; noise would be four times as much
    assert sum(size > mask // 2 for size in constants) <= 4
