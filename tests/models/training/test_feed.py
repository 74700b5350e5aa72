"""Which pictures come, in which order, and that their holes are theirs."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.images import masking, tfrecords
from models.training.checkpoints import Position
from models.training.feed import Options, TrainingFeed
from models.training.machines.cluster import Worker

# Unlike the transform graph's own, as a mirrored picture has another hole than its original.
BORDER = masking.Border(left=40, right=0, top=16, bottom=0)
OPTIONS = Options(
    batch_size=5,
    shuffle_images=100,
    flip=False,
    crop=False,
    held_out_images=0,
    cache_bytes=10**9,
    seed=7,
)
UNCACHED = {"cache_bytes": 0}
LEVEL = 0.51 / 255  # pictures are learnt from as 8 bits hold them


@pytest.fixture
def feed(shards: str, transform: tfrecords.Transform):
    def feed(**changes) -> TrainingFeed:
        options = OPTIONS._replace(**changes)
        return TrainingFeed([shards], transform, BORDER, options)

    return feed


@pytest.fixture(params=["cached", "uncached"])
def read(feed, request):
    """Reads one epoch or several, from the cache or not."""

    def read(epoch: int = 0, epochs: int = 1, **changes) -> tf.data.Dataset:
        changes = (UNCACHED if request.param == "uncached" else {}) | changes
        return feed(**changes).batches(0, Position("gan", epoch, 0), epoch + epochs)

    return read


def epoch_of(source: TrainingFeed, epoch: int = 0, step: int = 0, salt: int = 0):
    return source.batches(salt, Position("gan", epoch, step), epoch + 1)


def targets(batches: tf.data.Dataset) -> np.ndarray:
    return np.concatenate([target for _, target in batches])


def by_epoch(batches: tf.data.Dataset, epochs: int) -> list[np.ndarray]:
    """The pictures of each of several epochs."""
    return np.split(targets(batches), epochs)


def which(pictures: np.ndarray, originals: np.ndarray) -> list[int]:
    """Finds each picture among the originals."""
    numbers = []
    for picture in pictures:
        distances = np.abs(originals - picture).max(axis=(1, 2, 3))
        assert distances.min() < LEVEL
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
        np.testing.assert_allclose(target * 255, np.round(target * 255), atol=1e-4)
        np.testing.assert_array_equal(x[features.MASK], [masking.border_mask(BORDER)] * 4)


def test_shapes_are_known_before_the_first_batch(read) -> None:
    # Keras builds the networks' graphs from them.
    x, target = read(batch_size=4).element_spec
    assert target.shape[1:] == x[features.MASKED].shape[1:] == (128, 128, 3)
    assert x[features.MASK].shape[1:] == (128, 128, 1)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 10), (4, 2), (5, 2), (10, 1)])
def test_number_of_batches_is_known_and_an_incomplete_one_is_dropped(
    feed, batch_size: int, steps: int
) -> None:
    source = feed(batch_size=batch_size)
    assert source.steps == steps
    assert len(list(epoch_of(source))) == steps


def test_every_picture_comes_once_an_epoch(read, originals: np.ndarray) -> None:
    for pictures in by_epoch(read(epochs=2), 2):
        assert sorted(which(pictures, originals)) == list(range(10))


def test_every_epoch_has_its_order_and_a_seed_repeats_them(read, originals: np.ndarray) -> None:
    def orders(seed: int) -> list[list[int]]:
        return [which(each, originals) for each in by_epoch(read(epochs=3, seed=seed), 3)]

    first = orders(seed=7)
    assert orders(seed=7) == first
    assert orders(seed=8)[0] != first[0]
    assert len({tuple(order) for order in first}) == 3


def test_a_seed_of_0_is_a_seed(read) -> None:
    np.testing.assert_array_equal(targets(read(seed=0)), targets(read(seed=0)))


def test_another_phase_has_another_order(feed, originals: np.ndarray) -> None:
    orders = [which(targets(epoch_of(feed(), salt=salt)), originals) for salt in (0, 1)]
    assert orders[0] != orders[1]


def test_epochs_in_one_go_are_the_same_as_one_by_one(feed) -> None:
    source = feed(flip=True, batch_size=3)
    together = targets(source.batches(0, Position("gan", 0, 0), 3))
    apart = [targets(epoch_of(source, epoch)) for epoch in range(3)]
    np.testing.assert_array_equal(together, np.concatenate(apart))


@pytest.mark.parametrize("cache", [{}, UNCACHED])
def test_starting_in_the_middle_gives_what_is_left(feed, cache: dict) -> None:
    whole = targets(feed(flip=True, batch_size=2, **cache).batches(1, Position("gan", 0, 0), 2))
    rest = feed(flip=True, batch_size=2, **cache).batches(1, Position("gan", 0, 3), 2)
    np.testing.assert_array_equal(targets(rest), whole[3 * 2 :])


def test_a_seed_repeats_the_flips_and_epochs_differ_in_them(read) -> None:
    first, second = by_epoch(read(epochs=2, flip=True), 2)
    np.testing.assert_array_equal(targets(read(0, flip=True)), first)
    np.testing.assert_array_equal(targets(read(1, flip=True)), second)


def test_pictures_left_out_of_an_epoch_are_not_always_the_same(read, originals: np.ndarray) -> None:
    left_out = [
        set(range(10)) - set(which(pictures, originals))
        for pictures in by_epoch(read(epochs=4, batch_size=4), 4)
    ]
    assert all(len(numbers) == 2 for numbers in left_out)
    assert set.intersection(*left_out) == set()


def test_about_half_of_the_pictures_are_mirrored(read, originals: np.ndarray) -> None:
    both = np.concatenate([originals, originals[:, :, ::-1]])
    pictures = by_epoch(read(epochs=8, flip=True), 8)
    numbers = np.array([which(each, both) for each in pictures])
    np.testing.assert_array_equal(np.sort(numbers % 10), [range(10)] * 8)
    assert 0.25 < np.mean(numbers >= 10) < 0.75
    # Drawn for each picture anew, in every epoch.
    for number in range(10):
        assert {number, number + 10} <= set(numbers.ravel())


def test_crops_are_squares_of_the_larger_picture(
    read, shards: str, transform: tfrecords.Transform
) -> None:
    records = tf.stack(
        list(tf.data.TFRecordDataset(sorted(map(str, Path(shards).parent.iterdir()))))
    )
    scenes = tfrecords.decode(records, transform, features.SCENE).numpy()
    windows = np.lib.stride_tricks.sliding_window_view(scenes, (128, 128), axis=(1, 2))
    corners = windows[..., 0, 0].transpose(0, 1, 2, 3)  # the first pixel of each window
    places = set()
    for picture in targets(read(crop=True)):
        distance = np.abs(corners - picture[0, 0]).max(axis=-1)
        for number, y, x in zip(*np.where(distance < LEVEL), strict=True):
            if np.allclose(scenes[number, y : y + 128, x : x + 128], picture, atol=LEVEL):
                places.add((number, y, x))
                break
        else:
            pytest.fail("a crop is not part of any picture")
    assert len({number for number, _, _ in places}) == 10
    assert len({(y, x) for _, y, x in places}) > 5


@pytest.mark.parametrize("cache", [{}, UNCACHED])
def test_held_out_pictures_are_never_learnt_from(feed, originals: np.ndarray, cache: dict) -> None:
    source = feed(batch_size=2, held_out_images=2, **cache)
    held_out = which(targets(source.held_out), originals)
    assert len(set(held_out)) == 2
    assert source.steps == 4
    for pictures in by_epoch(source.batches(0, Position("gan", 0, 0), 3), 3):
        learnt = which(pictures, originals)
        assert sorted(learnt + held_out) == list(range(10))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4])
def test_all_that_is_held_out_is_looked_at(feed, originals: np.ndarray, batch_size: int) -> None:
    source = feed(batch_size=batch_size, held_out_images=2)
    assert len(set(which(targets(source.held_out), originals))) == 2


def test_at_most_a_fifth_is_held_out(feed) -> None:
    assert len(targets(feed(batch_size=1, held_out_images=100).held_out)) == 2
    assert feed(held_out_images=0).held_out is None


def test_pictures_that_fit_the_cache_are_decoded_once(
    shards: str, transform: tfrecords.Transform
) -> None:
    decoded = []

    def counting(raw):
        (images,) = raw.values()
        counted = tf.py_function(lambda x: decoded.append(len(x)) or x, [images], tf.string)
        counted.set_shape(images.shape)
        return transform({features.IMAGE: counted})

    for cache_bytes, times in ((10 * 128 * 128 * 3, 1), (10 * 128 * 128 * 3 - 1, 3)):
        decoded.clear()
        options = OPTIONS._replace(cache_bytes=cache_bytes)
        source = TrainingFeed([shards], counting, BORDER, options)
        for _ in source.batches(0, Position("gan", 0, 0), 3):
            pass
        assert sum(decoded) == 10 * times


def test_an_epoch_can_be_cut_short(feed, originals: np.ndarray) -> None:
    source = feed(batch_size=2, max_steps=3)
    assert source.steps == 3
    epochs = by_epoch(source.batches(0, Position("gan", 0, 0), 4), 4)
    seen = [which(pictures, originals) for pictures in epochs]
    assert all(len(set(numbers)) == 6 for numbers in seen)
    assert set().union(*seen) == set(range(10))


def test_a_mirrored_picture_is_masked_anew(read) -> None:
    for x, target in read(flip=True):
        expected = masking.hide(target, masking.border_mask(BORDER))
        np.testing.assert_allclose(x[features.MASKED], expected, atol=1e-6)
        known = np.array(x[features.MASK])[0, ..., 0] == 0
        masked = np.array(x[features.MASKED])
        np.testing.assert_array_equal(masked[:, known], np.array(target)[:, known])


def test_random_masks_differ_and_the_held_out_ones_do_not(feed) -> None:
    source = feed(random_masks=True, held_out_images=2, batch_size=4)
    (x, target), *_ = epoch_of(source)
    masks = x[features.MASK].numpy()
    assert len({mask.tobytes() for mask in masks}) > 1
    np.testing.assert_array_equal(x[features.MASKED], masking.hide(target, masks))
    ((held, _),) = source.held_out
    expected = masking.border_mask(BORDER)
    assert all(np.array_equal(mask, expected) for mask in held[features.MASK])


def test_too_few_pictures_for_a_batch_is_an_error(feed) -> None:
    with pytest.raises(ValueError, match="10 training images do not fill one batch of 11"):
        feed(batch_size=11)


def test_machines_read_files_of_their_own_and_leave_out_what_is_held_out(
    feed, read, originals: np.ndarray
) -> None:
    """Two files with 5 and 4 pictures for one machine, one with 1 for the other."""
    common = {"batch_size": 2, "held_out_images": 1}
    found = []
    for index in range(2):
        changes = common | {"worker": Worker(index, 2)}
        pictures = targets(read(epochs=5, **changes))
        assert len(pictures) == 5  # a step of one picture an epoch; as many for both
        found.append(set(which(pictures, originals)))
    assert found[1] == {5}
    assert len(found[0]) > 1
    assert found[0] <= set(range(10)) - {0, 5}
    held_out = targets(feed(**common, worker=Worker(1, 2)).held_out)
    assert which(held_out, originals) == [0]  # all of it on each


def test_what_machines_cannot_share_is_an_error_that_names_the_setting(feed) -> None:
    with pytest.raises(ValueError, match=r"2 machines cannot share training\.batch_size=5"):
        feed(worker=Worker(0, 2))
    with pytest.raises(ValueError, match=r"5 machines cannot share 3 files.*raise data\.shards"):
        feed(worker=Worker(0, 5))
    with pytest.raises(ValueError, match="1 training images, the least of 2 machines' shares"):
        feed(batch_size=4, worker=Worker(0, 2))


def test_machines_draw_unlike(feed) -> None:
    drawn = []
    for index in range(2):
        source = feed(batch_size=2, random_masks=True, worker=Worker(index, 2))
        batches = source.batches(0, Position("gan", 0, 0), 6)
        drawn.append(np.concatenate([x[features.MASK] for x, _ in batches]))
    assert drawn[0].shape == drawn[1].shape == (6, 128, 128, 1)
    assert np.any(drawn[0] != drawn[1])
