"""Synthesis: what is known stays, what is new is the picture's own, and a seed decides it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.engine.synthesis import scales, strips, tone
from serving.engine.synthesis.synthesise import synthesise

SAMPLE = Path("data/sample/val")


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def right_hidden(height: int, width: int, share: float = 1 / 3) -> np.ndarray:
    hidden = np.zeros((height, width), bool)
    hidden[:, width - round(width * share) :] = True
    return hidden


def photograph(height: int) -> np.ndarray:
    path = sorted(SAMPLE.rglob("*.jpg"))[0]
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    width = round(picture.shape[1] * height / picture.shape[0])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(*[st.floats(0, 1)] * 4),
    st.booleans(),
    st.integers(0, 2**31 - 1),
)
def test_known_pixels_stay_bit_for_bit(
    size: tuple[int, int], box: tuple[float, ...], inside: bool, seed: int
) -> None:
    picture = noise(*size)
    top, bottom, left, right = (
        int(share * length) for share, length in zip(box, np.repeat(size, 2), strict=True)
    )
    hidden = np.full(size, not inside)
    hidden[min(top, bottom) : max(top, bottom) + 1, min(left, right) : max(left, right) + 1] = (
        inside
    )
    if hidden.all():
        return
    before = picture.copy()
    result = synthesise(picture, hidden, picture, seed)
    assert result.shape == picture.shape
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result[~hidden], before[~hidden])
    np.testing.assert_array_equal(picture, before)


def test_hidden_pixels_are_not_looked_at() -> None:
    picture, hidden = photograph(120), right_hidden(120, photograph(120).shape[1])
    layout = np.full((32, 48, 3), 120, np.uint8)
    other = np.where(hidden[..., None], 255 - picture, picture)
    first, second = (synthesise(each, hidden, layout) for each in (picture, other))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_seed_gives_the_same_bytes_whatever_the_number_of_threads(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = photograph(200)
    hidden = right_hidden(*picture.shape[:2])
    expected = synthesise(picture, hidden, picture, 5)
    monkeypatch.setattr(strips, "threads", lambda: threads)
    np.testing.assert_array_equal(synthesise(picture, hidden, picture, 5), expected)
    assert (synthesise(picture, hidden, picture, 6) != expected).any()


def test_colours_come_from_what_is_known_up_to_the_bound() -> None:
    # Known is dark blue alone, the layout would have it all white.
    rng = np.random.default_rng(1)
    picture = np.stack([np.full((90, 120), 10), *rng.integers(20, 60, (2, 90, 120))], -1)
    picture = picture.astype(np.uint8)
    hidden = right_hidden(90, 120)
    result = synthesise(picture, hidden, np.full((9, 12, 3), 255, np.uint8)).astype(int)[hidden]
    assert (result >= [10, 20, 20]).all()
    assert (result <= np.add([10, 59, 59], round(tone.BOUND))).all()
    assert result[:, 0].max() > 20  # it is moved there, too


def test_a_layout_of_its_own_colours_moves_nothing() -> None:
    picture = np.full((64, 96, 3), (30, 90, 200), np.uint8)
    result = synthesise(picture, right_hidden(64, 96), picture)
    np.testing.assert_array_equal(result, picture)


def test_grey_stays_grey() -> None:
    picture = noise(80, 120)[..., :1].repeat(3, axis=2)
    layout = noise(8, 12, seed=2)[..., :1].repeat(3, axis=2)
    result = synthesise(picture, right_hidden(80, 120), layout).astype(int)
    assert (result.max(axis=-1) - result.min(axis=-1) == 0).all()


def test_stripes_go_on_and_keep_their_place() -> None:
    rows = np.where(np.arange(120) // 3 % 2, 200, 50).astype(np.uint8)
    truth = np.broadcast_to(rows[:, None, None], (120, 180, 3)).copy()
    hidden = right_hidden(120, 180)
    picture = np.where(hidden[..., None], 0, truth)
    smooth = np.full((12, 18, 3), 125, np.uint8)
    result = synthesise(picture, hidden, smooth).astype(int)
    assert abs(result - truth)[hidden].mean() < 4


def test_a_layout_moves_colours_less_where_it_is_far_from_what_is_known() -> None:
    picture = np.full((64, 256, 3), 100, np.uint8)
    hidden = np.zeros((64, 256), bool)
    hidden[:, 64:] = True
    result = synthesise(picture, hidden, picture + np.uint8(20)).astype(int) - 100
    at_seam, near, far = (result[:, 64 + way].mean() for way in (0, 16, 100))
    assert at_seam < 2
    assert near == pytest.approx(14, abs=1)  # seven tenths
    assert far == pytest.approx(0.4 * 14, abs=1)


def test_sky_stays_above_ground() -> None:
    # Two textures that differ in colour; a layout that says nothing.
    rng = np.random.default_rng(3)
    truth = np.empty((120, 180, 3), np.uint8)
    truth[:60] = rng.integers(170, 230, (60, 180, 3))
    truth[60:] = rng.integers(20, 80, (60, 180, 3))
    hidden = right_hidden(120, 180)
    result = synthesise(truth, hidden, np.full((8, 12, 3), 125, np.uint8))
    assert result[:52, 120:].mean() > 140
    assert result[68:, 120:].mean() < 110


def test_texture_is_as_sharp_as_what_is_known() -> None:
    picture = photograph(240)
    hidden = right_hidden(*picture.shape[:2])
    result = synthesise(picture, hidden, cv2.GaussianBlur(picture, (0, 0), 15)).astype(float)
    width = picture.shape[1]
    new, known = result[:, -(width // 3) + 3 :], result[:, : width // 3]
    sharpness = [np.square(np.diff(part, axis=1)).mean() for part in (new, known)]
    assert 0.3 < sharpness[0] / sharpness[1] < 3


def test_a_picture_too_large_to_be_searched_all_over_gets_its_own_fine_texture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scales, "PIXELS", 10_000)
    rng = np.random.default_rng(4)
    picture = rng.integers(0, 2, (300, 450, 1), np.uint8).repeat(3, axis=2) * 200
    hidden = right_hidden(300, 450)
    result = synthesise(picture, hidden, np.full((20, 30, 3), 100, np.uint8))
    assert result[hidden].std() > 0.7 * picture.std()
    np.testing.assert_array_equal(result[~hidden], picture[~hidden])


def test_nothing_known_is_an_error_and_nothing_hidden_a_copy() -> None:
    picture = noise(20, 30)
    with pytest.raises(ValueError, match="nothing to copy from"):
        synthesise(picture, np.ones((20, 30), bool), picture)
    result = synthesise(picture, np.zeros((20, 30), bool), picture)
    np.testing.assert_array_equal(result, picture)
    assert result is not picture


def test_progress_grows_and_what_it_raises_ends_the_work() -> None:
    picture = photograph(120)
    hidden = right_hidden(*picture.shape[:2])
    told: list[float] = []
    synthesise(picture, hidden, picture, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 10

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesise(picture, hidden, picture, progress=stop)


def test_a_hole_is_filled_with_what_surrounds_it() -> None:
    # A wood's floor with a lamp far off, whose light is no better a fit than what is near.
    picture = noise(120, 120) // 4 + np.uint8(60)
    picture[:, 80:] += np.uint8(12)
    hidden = np.zeros((120, 120), bool)
    hidden[45:75, 20:50] = True
    sides = (picture[:, :80][~hidden[:, :80]].mean(), picture[:, 80:].mean())
    filled = synthesise(picture, hidden, picture)[hidden].mean()
    assert abs(filled - sides[0]) < abs(filled - sides[1]) / 3
