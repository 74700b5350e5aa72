"""Curves by distance, of pictures whose colours drift by known amounts."""

import numpy as np
import pytest

from evaluation import figures
from evaluation.by_distance import ByDistance
from evaluation.yardstick import Yardstick
from models.images import masking
from models.quality.colour import brightness_and_chroma


@pytest.mark.parametrize("border", [masking.ONE_SIDE, masking.FOUR_SIDES])
def test_what_drifts_with_distance_shows(photographs: np.ndarray, border: masking.Border) -> None:
    distance = masking.distance_from_known(border)
    share = (distance / distance.max())[..., None]

    def drifting(canvases: np.ndarray) -> np.ndarray:
        """Colours drain to a middle grey."""
        return (canvases * (1 - share) + 0.5 * share).astype(np.float32)

    found = figures.measure(drifting, photographs, border, Yardstick(photographs))
    shown = found.by_distance.shown()
    assert {len(curve) for curve in shown.values()} == {distance.max()}
    assert shown["chroma"][0] == pytest.approx(1, abs=0.05)
    assert shown["chroma"][-1] == pytest.approx(0, abs=0.02)
    assert np.all(np.diff(shown["chroma"]) < 0.05)
    assert shown["psnr"][0] > shown["psnr"][-1]
    # At the end it is the brightness of that grey, less that of the photographs there.
    grey, _ = brightness_and_chroma(np.full((1, 1, 3), 0.5, np.float32))
    real = brightness_and_chroma(photographs)[0][:, distance == distance.max()].mean()
    assert shown["brightness"][-1] == pytest.approx(grey.item() - real, abs=0.01)


def test_batches_of_any_size_add_up(photographs: np.ndarray) -> None:
    border = masking.TWO_SIDES
    maps = [photographs[..., channel] for channel in (0, 1, 2, 0, 1)]
    whole, parts = ByDistance(border), ByDistance(border)
    whole.add(*maps)
    for part in (slice(0, 2), slice(2, 9)):
        parts.add(*(values[part] for values in maps))
    for one, other in zip(whole.curves(), parts.curves(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert whole.curves().error[0] == pytest.approx(photographs[:, :, [31, 96], 0].mean(), rel=1e-5)


def test_grey_photographs_are_no_division_by_nothing(photographs: np.ndarray) -> None:
    grey = np.repeat(photographs.mean(axis=-1, keepdims=True), 3, axis=-1)
    found = figures.measure(lambda c: c + 1e-4, grey, masking.ONE_SIDE, Yardstick(grey))
    assert np.isfinite(found.by_distance.shown()["chroma"]).all()
    assert figures.summarise(found)["chroma"] == pytest.approx(0, abs=0.1)
