"""Which pictures come, in which order, and that their holes are theirs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models import dataset, features, masking

# Unlike the transform graph's own, as a mirrored picture has another hole than its original.
BORDER = masking.Border(left=40, right=0, top=16, bottom=0)
OPTIONS = dataset.Options(batch_size=5, shuffle_images=100, flip=False, seed=7)


@pytest.fixture(scope="module")
def shards(sample_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The ten examples in three files of unlike lengths, as a pattern."""
    folder = tmp_path_factory.mktemp("shards")
    records = list(tf.data.TFRecordDataset(str(sample_examples), "GZIP").as_numpy_iterator())
    for number, part in enumerate([records[:5], records[5:6], records[6:]]):
        name = str(folder / f"data_tfrecord-{number:05d}-of-00003.gz")
        with tf.io.TFRecordWriter(name, tf.io.TFRecordOptions("GZIP")) as writer:
            for record in part:
                writer.write(record)
    return str(folder / "*.gz")


@pytest.fixture(scope="module")
def originals(shards: str, transform_graph: str) -> np.ndarray:
    return dataset.pictures([shards], transform_graph, 100).numpy()


@pytest.fixture
def read(shards: str, transform_graph: str):
    def read(**changes) -> tf.data.Dataset:
        options = OPTIONS._replace(**changes)
        return dataset.training_batches([shards], transform_graph, BORDER, options)

    return read


def targets(batches: tf.data.Dataset) -> np.ndarray:
    return np.concatenate([target for _, target in batches])


def which(pictures: np.ndarray, originals: np.ndarray) -> list[int]:
    """Finds each picture among the originals."""
    numbers = []
    for picture in pictures:
        distances = np.abs(originals - picture).max(axis=(1, 2, 3))
        assert distances.min() < 1e-6
        numbers.append(int(distances.argmin()))
    return numbers


def test_batches_are_what_the_gan_takes(read) -> None:
    batches = read(batch_size=4, flip=True)
    shapes = {features.MASKED: (4, 128, 128, 3), features.MASK: (4, 128, 128, 1)}
    for x, target in batches:
        assert {key: tuple(value.shape) for key, value in x.items()} == shapes
        assert target.shape == (4, 128, 128, 3)
        assert {value.dtype for value in (*x.values(), target)} == {tf.float32}
        for picture in (x[features.MASKED], target):
            assert 0 <= np.min(picture) < np.max(picture) <= 1
        np.testing.assert_array_equal(x[features.MASK], [masking.border_mask(BORDER)] * 4)


def test_shapes_are_known_before_the_first_batch(read) -> None:
    # Keras builds the networks' graphs from them.
    x, target = read(batch_size=4).element_spec
    assert target.shape[1:] == x[features.MASKED].shape[1:] == (128, 128, 3)
    assert x[features.MASK].shape[1:] == (128, 128, 1)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 10), (4, 2), (5, 2), (10, 1)])
def test_number_of_batches_is_known_and_an_incomplete_one_is_dropped(
    read, batch_size: int, steps: int
) -> None:
    batches = read(batch_size=batch_size)
    assert int(batches.cardinality()) == steps
    assert len(list(batches)) == steps


def test_every_picture_comes_once_an_epoch(read, originals: np.ndarray) -> None:
    batches = read()
    for _ in range(2):
        assert sorted(which(targets(batches), originals)) == list(range(10))


def test_every_epoch_has_its_order_and_a_seed_repeats_them(read, originals: np.ndarray) -> None:
    def orders(seed: int) -> list[list[int]]:
        batches = read(seed=seed)
        return [which(targets(batches), originals) for _ in range(3)]

    first = orders(seed=7)
    assert orders(seed=7) == first
    assert orders(seed=8)[0] != first[0]
    assert len({tuple(order) for order in first}) == 3


def test_a_seed_repeats_the_flips_and_epochs_differ_in_them(read) -> None:
    one, other = read(flip=True), read(flip=True)
    first, second = targets(one), targets(one)
    np.testing.assert_array_equal(targets(other), first)
    np.testing.assert_array_equal(targets(other), second)


def test_pictures_left_out_of_an_epoch_are_not_always_the_same(read, originals: np.ndarray) -> None:
    batches = read(batch_size=4)
    left_out = [set(range(10)) - set(which(targets(batches), originals)) for _ in range(4)]
    assert all(len(numbers) == 2 for numbers in left_out)
    assert set.intersection(*left_out) == set()


def test_about_half_of_the_pictures_are_mirrored(read, originals: np.ndarray) -> None:
    both = np.concatenate([originals, originals[:, :, ::-1]])
    batches = read(flip=True)
    numbers = np.array([which(targets(batches), both) for _ in range(6)])
    np.testing.assert_array_equal(np.sort(numbers % 10), [range(10)] * 6)
    assert 0.25 < np.mean(numbers >= 10) < 0.75
    # Drawn for each picture anew, in every epoch.
    for number in range(10):
        assert {number, number + 10} <= set(numbers.ravel())


def test_a_mirrored_picture_is_masked_anew(read) -> None:
    for x, target in read(flip=True):
        expected = masking.hide(target, masking.border_mask(BORDER))
        np.testing.assert_allclose(x[features.MASKED], expected, atol=1e-6)
        known = np.array(x[features.MASK])[0, ..., 0] == 0
        masked = np.array(x[features.MASKED])
        np.testing.assert_array_equal(masked[:, known], np.array(target)[:, known])


def test_too_few_pictures_for_a_batch_is_an_error(read) -> None:
    with pytest.raises(ValueError, match="10 training images do not fill one batch of 11"):
        read(batch_size=11)


@pytest.mark.parametrize("count", [1, 7, 10])
def test_pictures_are_the_first_few(
    shards: str, transform_graph: str, originals: np.ndarray, count: int
) -> None:
    result = dataset.pictures([shards], transform_graph, count)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, originals[:count], atol=1e-6)


def test_pictures_are_at_most_all(originals: np.ndarray) -> None:
    assert originals.shape == (10, 128, 128, 3)
    assert 0 <= originals.min() < originals.max() <= 1


def test_count_is_over_all_files(shards: str, sample_examples: Path) -> None:
    folder = str(Path(shards).parent)

    def counted(*patterns: str) -> int:
        return dataset.count(patterns)

    assert counted(shards) == 10
    assert counted(str(sample_examples)) == 10
    assert counted(f"{folder}/no-such-*.gz") == 0
    assert counted(f"{folder}/*-00000-*.gz", f"{folder}/*-00001-*.gz") == 6


def test_order_of_patterns_does_not_matter(
    shards: str, transform_graph: str, originals: np.ndarray
) -> None:
    patterns: Sequence[str] = sorted(map(str, Path(shards).parent.iterdir()), reverse=True)
    np.testing.assert_array_equal(dataset.pictures(patterns, transform_graph, 100), originals)
