"""Which pixels are hidden, and that what is hidden stays so."""

from typing import NamedTuple

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.images import frames, masking

SIZE = 8
ANY_FLOAT = st.floats(width=32, allow_nan=True, allow_infinity=True)
UNIT_FLOAT = st.floats(0, 1, width=32)


@st.composite
def rectangles(draw: st.DrawFn) -> np.ndarray:
    """Masks that hide a rectangle, or all but one; of any size, none and all included."""
    top, bottom, left, right = (draw(st.integers(0, SIZE)) for _ in range(4))
    mask = np.zeros((1, SIZE, SIZE, 1), np.float32)
    mask[:, min(top, bottom) : max(top, bottom), min(left, right) : max(left, right)] = 1
    return 1 - mask if draw(st.booleans()) else mask


def pictures(values: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float32, (1, SIZE, SIZE, 3), elements=values)


def bits(values: tf.Tensor | np.ndarray) -> np.ndarray:
    """For comparing exactly: NaN equals itself and 0.0 differs from -0.0."""
    return np.array(values, np.float32).view(np.uint32)


@pytest.mark.parametrize(
    ("border", "rows", "columns"),
    [
        (masking.Border(32, 32, 32, 32), slice(32, 96), slice(32, 96)),
        (masking.Border(left=10, right=20, top=30, bottom=40), slice(30, 88), slice(10, 108)),
        (masking.Border(left=32, right=32, top=0, bottom=0), slice(0, 128), slice(32, 96)),
        (masking.Border(left=0, right=0, top=0, bottom=127), slice(0, 1), slice(0, 128)),
    ],
)
def test_only_the_border_is_hidden(border: masking.Border, rows: slice, columns: slice) -> None:
    mask = masking.border_mask(border)
    assert mask.shape == (128, 128, 1)
    assert mask.dtype == np.float32
    known = np.zeros((128, 128, 1), bool)
    known[rows, columns] = True
    np.testing.assert_array_equal(mask[known], 0)
    np.testing.assert_array_equal(mask[~known], 1)


def test_border_sides_are_left_right_top_bottom() -> None:
    mask = masking.border_mask(masking.Border(1, 0, 2, 1), size=5)
    assert mask[..., 0].tolist() == [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [1, 1, 1, 1, 1],
    ]


@pytest.mark.parametrize(
    "border",
    [(-1, 32, 32, 32), (64, 64, 0, 0), (0, 0, 100, 28), (128, 0, 0, 0), (0, 0, 0, 0)],
)
def test_border_that_hides_nothing_or_all_is_an_error(border: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit a picture of 128 pixels"):
        masking.border_mask(masking.Border(*border))


@hypothesis.given(pictures(ANY_FLOAT), pictures(ANY_FLOAT), rectangles())
def test_composite_keeps_known_pixels_bit_by_bit(
    images: np.ndarray, imagined: np.ndarray, mask: np.ndarray
) -> None:
    # Even where the guess is NaN or infinite.
    result = bits(masking.composite(images, mask, imagined))
    expected = np.where(mask == 1, bits(imagined), bits(images))
    np.testing.assert_array_equal(result, expected)


@hypothesis.given(pictures(UNIT_FLOAT), pictures(ANY_FLOAT), rectangles())
def test_hide_does_not_depend_on_hidden_pixels(
    images: np.ndarray, others: np.ndarray, mask: np.ndarray
) -> None:
    # Not even when they are NaN or infinite, as in a canvas that was never filled.
    changed = np.where(mask == 1, others, images)
    np.testing.assert_array_equal(
        bits(masking.hide(changed, mask)), bits(masking.hide(images, mask))
    )


@hypothesis.given(pictures(UNIT_FLOAT), rectangles())
def test_hide_fills_with_the_mean_of_the_known(images: np.ndarray, mask: np.ndarray) -> None:
    result = masking.hide(images, mask).numpy()
    known = mask[0, ..., 0] == 0
    mean = images[0, known].mean(axis=0, dtype=np.float64) if known.any() else np.zeros(3)
    np.testing.assert_array_equal(result[0, known], images[0, known])
    expected = np.broadcast_to(mean, result[0, ~known].shape)
    np.testing.assert_allclose(result[0, ~known], expected, atol=1e-6)


def test_each_picture_is_filled_with_its_own_mean(photographs: np.ndarray) -> None:
    mask = masking.border_mask(masking.Border(32, 32, 32, 32))
    result = masking.hide(photographs, mask)
    centres = photographs[:, 32:96, 32:96].mean(axis=(1, 2))
    np.testing.assert_allclose(result[:, 0, 0], centres, atol=1e-4)
    np.testing.assert_allclose(result[:, -1, 64], centres, atol=1e-4)


def test_soft_mask_is_taken_as_hidden_above_a_half() -> None:
    # The fill and the choice of pixels must agree on what is known.
    images = np.linspace(0, 1, 16, dtype=np.float32).reshape(1, 4, 4, 1)
    soft = np.linspace(0, 1, 16, dtype=np.float32).reshape(1, 4, 4, 1)
    hard = (soft > 0.5).astype(np.float32)
    np.testing.assert_array_equal(masking.hide(images, soft), masking.hide(images, hard))


def test_mean_of_nothing_known_is_zero(photographs: np.ndarray) -> None:
    mean = masking.mean_of_known(photographs, np.ones((1, 128, 128, 1), np.float32))
    assert mean.shape == (len(photographs), 1, 1, 3)
    np.testing.assert_array_equal(mean, 0)


def test_eager_and_inside_a_dataset_give_the_same(photographs: np.ndarray) -> None:
    mask = masking.border_mask(masking.Border(10, 20, 30, 40))
    eager = masking.hide(photographs, mask)
    dataset = tf.data.Dataset.from_tensor_slices(photographs)
    one_by_one = tf.stack(list(dataset.map(lambda image: masking.hide(image, mask))))
    batches = dataset.batch(len(photographs)).map(lambda images: masking.hide(images, mask))
    np.testing.assert_allclose(one_by_one, eager, atol=1e-6)
    np.testing.assert_allclose(next(iter(batches)), eager, atol=1e-6)


def test_distance_from_the_known_is_the_greater_of_both_directions() -> None:
    border = masking.Border(left=2, right=1, top=1, bottom=0)
    expected = [[2, 1, 1, 1], [2, 1, 0, 1], [2, 1, 0, 1], [2, 1, 0, 1]]
    np.testing.assert_array_equal(masking.distance_from_known(border, 4), expected)


def drawn(count: int = 300, seed: int = 1, size: int = 128) -> np.ndarray:
    border = masking.Border(*(side * size // 128 for side in (10, 20, 30, 40)))
    return masking.random_masks(border, tf.constant([seed, 2], tf.int64), count, size).numpy()


@hypothesis.settings(max_examples=25)
@hypothesis.given(st.integers(0, 2**40), st.sampled_from([32, 96, 128, 144]))
def test_random_masks_hide_some_and_never_all(seed: int, size: int) -> None:
    masks = drawn(40, seed, size)
    assert masks.shape == (40, size, size, 1)
    assert set(np.unique(masks)) == {0.0, 1.0}
    shares = masks.mean(axis=(1, 2, 3))
    assert 0 < shares.min() < shares.max() < 0.95


class Measured(NamedTuple):
    """What a mask hides on each side, in pixels; None where it is no border."""

    border: masking.Border | None
    mask: np.ndarray


def measured(mask: np.ndarray) -> Measured:
    known = mask[..., 0] == 0
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    size = len(mask)
    border = masking.Border(columns[0], size - 1 - columns[-1], rows[0], size - 1 - rows[-1])
    border = masking.Border(*map(int, border))
    is_border = any(border) and np.array_equal(mask, masking.border_mask(border, size))
    return Measured(border if is_border else None, mask)


def test_random_masks_are_those_of_the_table() -> None:
    count, size = 4000, 128
    found = [measured(mask) for mask in drawn(count, size=size)]
    borders = [each.border for each in found if each.border]
    given = borders.count(masking.Border(10, 20, 30, 40))
    quarters = {masking.TWO_SIDES, masking.Border(0, 0, 32, 32)}
    facing = [border for border in borders if border in quarters]
    assert set(facing) == quarters
    others = [b for b in borders if b not in (*quarters, masking.Border(10, 20, 30, 40))]
    one = [border for border in others if sum(side > 0 for side in border) == 1]
    for name, number, expected in (
        ("border", given, frames.BORDER.share),
        ("opposite", len(facing), frames.OPPOSITE.share),
        ("one side", len(one), frames.ONE_SIDE.share),
        ("painted", count - len(borders), frames.PAINTED.share),
    ):
        assert abs(number / count - expected) < 0.025, name
    lengths = [max(border) for border in one]
    assert (min(lengths), max(lengths)) == (16, 64)
    assert len({tuple(side > 0 for side in border) for border in others}) == 15
    for border in others:  # never more than the server may ask for
        assert max(border) <= frames.most_hidden(border) * size


def test_what_is_painted_is_rectangles_and_blobs_anywhere() -> None:
    painted = [each.mask[..., 0] for each in map(measured, drawn(1500)) if not each.border]
    assert all(0.004 < mask.mean() < 0.6 for mask in painted)
    boxes = [mask[np.ix_(mask.any(axis=1), mask.any(axis=0))] for mask in painted]
    full = np.mean([box.all() for box in boxes])
    round_ones = np.mean([not box[0, 0] and 0.7 < box.mean() < 0.85 for box in boxes])
    assert full > 0.1
    assert round_ones > 0.1
    assert (np.mean(painted, axis=0)[20:108, 20:108] > 0).all()


def test_a_square_of_a_long_canvas_is_one_of_the_table() -> None:
    # 3:2 and 2:1, a third hidden on the right: what a square cut out of it sees.
    for width in (192, 256):
        hidden = np.zeros((128, width, 1), np.float32)
        hidden[:, width - 64 :] = 1
        for left in range(width - 128 + 1):
            part = hidden[:, left : left + 128]
            if part.any():
                border = measured(part).border
                assert border is not None
                assert max(border) <= frames.most_hidden(border) * 128


def test_random_masks_repeat_with_the_seed_and_work_in_a_data_pipeline() -> None:
    np.testing.assert_array_equal(drawn(20), drawn(20))
    assert not np.array_equal(drawn(20), drawn(20, seed=9))
    border = masking.Border(10, 20, 30, 40)
    data = tf.data.Dataset.from_tensors(tf.constant([1, 2], tf.int64))
    (inside,) = data.map(lambda seed: masking.random_masks(border, seed, 20))
    np.testing.assert_array_equal(inside, drawn(20))
