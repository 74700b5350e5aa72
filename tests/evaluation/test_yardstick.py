"""Sets of photographs to measure by: which are held against which, and one weave in all."""

import numpy as np
import pytest

from evaluation import figures
from evaluation.yardstick import Yardstick
from models.images import fills, masking
from models.quality import perceptual
from models.quality.sliced_wasserstein import PatchSet

BORDER = masking.TWO_SIDES
MASK = masking.border_mask(BORDER)


@pytest.fixture(scope="module")
def yardstick(photographs: np.ndarray) -> Yardstick:
    return Yardstick(photographs, perceptual.networks())


def test_a_pictures_own_truth_is_not_what_it_is_held_against(
    photographs: np.ndarray, yardstick: Yardstick
) -> None:
    (network,) = perceptual.networks()
    real = network.features(photographs)
    halves = [network.distances(real[i::2], real[1 - i :: 2]) for i in (0, 1)]
    for name, value in yardstick.of_photographs().items():
        assert value == pytest.approx((halves[0][name] + halves[1][name]) / 2)
    # The truth itself is no better than photographs are to one another.
    same = figures.measure(lambda canvases: canvases + 1e-6, photographs, BORDER, yardstick)
    assert same.distances["frechet"] == pytest.approx(
        yardstick.of_photographs()["frechet"], rel=1e-3
    )
    assert same.distances["weave"] == pytest.approx(1, rel=1e-3)


def test_a_reference_of_other_photographs_is_used_whole(photographs: np.ndarray) -> None:
    (network,) = perceptual.networks()
    measured, reference = photographs[:4], photographs[4:]
    yardstick = Yardstick(measured, [network], reference)
    expected = network.distances(network.features(reference), network.features(measured))
    assert yardstick.of_photographs() == pytest.approx(expected)


def test_one_weave_in_every_picture_is_told_from_many(
    photographs: np.ndarray, yardstick: Yardstick
) -> None:
    weave = np.random.default_rng(0).random(photographs.shape[1:], np.float32)

    def woven(canvases: np.ndarray) -> np.ndarray:
        return np.where(MASK > 0.5, weave, canvases)

    def mirrored(canvases: np.ndarray) -> np.ndarray:
        return fills.reflect_fill(canvases, BORDER).numpy()

    one, many = (
        figures.measure(way, photographs, BORDER, yardstick).distances["weave"]
        for way in (woven, mirrored)
    )
    assert one == pytest.approx(0, abs=1e-4)
    assert many > 0.5


def test_three_pictures_have_no_distances_but_that_of_patches(photographs: np.ndarray) -> None:
    yardstick = Yardstick(photographs[:3], perceptual.networks())
    assert yardstick.of_photographs() == {}
    patches = PatchSet()
    patches.add(photographs[:3])
    assert yardstick.distances(patches, [yardstick.look(photographs[:3])]).keys() == {"swd"}
