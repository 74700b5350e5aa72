"""Figures of guesses: against their definitions, and in order of what is better."""

import numpy as np
import pytest
from skimage import metrics as skimage

from evaluation import figures
from evaluation.yardstick import Yardstick
from models.images import fills, masking
from models.quality import inception
from models.quality.colour import brightness_and_chroma
from models.quality.sliced_wasserstein import PatchSet, sliced_wasserstein

BORDER = masking.Border(32, 32, 0, 0)
HIDDEN = masking.border_mask(BORDER)[..., 0] == 1


@pytest.fixture(scope="module")
def real(photographs: np.ndarray) -> Yardstick:
    return Yardstick(photographs)


@pytest.fixture(scope="module")
def of_mean_fill(photographs: np.ndarray, real: Yardstick) -> figures.Result:
    return figures.measure(mean_fill, photographs, BORDER, real)


def mean_fill(canvases: np.ndarray) -> np.ndarray:
    return fills.mean_fill(canvases, BORDER).numpy()


def test_figures_are_those_of_the_set(photographs: np.ndarray, of_mean_fill) -> None:
    found = figures.summarise(of_mean_fill)
    assert found.keys() == set(figures.NAMES)
    filled = mean_fill(photographs)
    truth, guess = (p[:, HIDDEN].astype(np.float64) for p in (photographs, filled))
    psnr = skimage.peak_signal_noise_ratio(truth, guess, data_range=1)
    assert found["psnr"] == pytest.approx(psnr, abs=1e-4)
    assert found["rmse"] == pytest.approx(255 * np.sqrt(((truth - guess) ** 2).mean()), rel=1e-5)
    assert found["l1"] == pytest.approx(255 * np.abs(truth - guess).mean(), rel=1e-5)
    assert found["sharpness"] == pytest.approx(0, abs=1e-9)
    steps = [np.abs(p[:, :, [31, 96]] - p[:, :, [32, 95]]).mean() for p in (filled, photographs)]
    assert found["seam"] == pytest.approx(steps[0] / steps[1], rel=1e-4)
    chroma = [brightness_and_chroma(p)[1][:, HIDDEN].mean() for p in (filled, photographs)]
    assert found["chroma"] == pytest.approx(chroma[0] / chroma[1], rel=1e-4)
    assert found["chroma"] < 0.9  # a mean is greyer than what it is of


def test_swd_is_of_whole_pictures(photographs: np.ndarray, of_mean_fill) -> None:
    one, other = PatchSet(seed=0), PatchSet(seed=1)
    one.add(photographs)
    other.add(mean_fill(photographs))
    expected = np.mean(list(sliced_wasserstein(one, other).values()))
    assert figures.summarise(of_mean_fill)["swd"] == pytest.approx(expected, rel=1e-6)


def test_the_truth_is_perfect(photographs: np.ndarray, real: Yardstick) -> None:
    def nearly(canvases: np.ndarray) -> np.ndarray:
        return np.where(HIDDEN[..., None], canvases + 1e-4, canvases).astype(np.float32)

    found = figures.summarise(figures.measure(nearly, photographs, BORDER, real))
    assert found["psnr"] == pytest.approx(80, abs=0.1)
    assert found["ssim"] == pytest.approx(1, abs=1e-3)
    assert found["seam"] == pytest.approx(1, abs=0.02)
    assert found["sharpness"] == pytest.approx(1, abs=1e-3)


def test_swd_puts_blur_above_the_photographs_own_spread(
    photographs: np.ndarray, real: Yardstick, of_mean_fill
) -> None:
    same = figures.measure(lambda canvases: canvases + 1e-6, photographs, BORDER, real)
    assert figures.summarise(of_mean_fill)["swd"] > 2 * figures.summarise(same)["swd"]


def test_error_by_distance_adds_up_to_the_error(of_mean_fill) -> None:
    distance = masking.distance_from_known(BORDER)
    assert (distance > 0).sum() == HIDDEN.sum()
    assert distance[50, 0] == 32
    assert distance[50, 31] == 1
    pixels = np.bincount(distance.ravel())[1:]
    curve = of_mean_fill.by_distance.error
    total = (curve * pixels).sum() / pixels.sum()
    assert total == pytest.approx(of_mean_fill.scores.mse.mean(), rel=1e-4)
    assert curve[0] < curve[-1]


def test_intervals_hold_the_figure_and_narrow_with_more_pictures(of_mean_fill) -> None:
    found, bounds = figures.summarise(of_mean_fill), figures.intervals(of_mean_fill)
    assert bounds.keys() == set(figures.NAMES) - {"swd"}
    for name, (low, high) in bounds.items():
        assert low <= found[name] <= high
    many = figures.Scores(*(np.tile(column, 100) for column in of_mean_fill.scores))
    low, high = figures.intervals(of_mean_fill._replace(scores=many))["psnr"]
    assert high - low < 0.2 * (bounds["psnr"][1] - bounds["psnr"][0])
    assert figures.intervals(of_mean_fill) == bounds


def test_a_lead_is_of_the_same_pictures_and_surer_than_two_figures_apart(
    photographs: np.ndarray, real: Yardstick, of_mean_fill
) -> None:
    def nearer(canvases: np.ndarray) -> np.ndarray:
        return 0.9 * mean_fill(canvases) + 0.1 * canvases  # a tenth of the error less everywhere

    result = figures.measure(nearer, photographs, BORDER, real)
    lead, (low, high) = figures.lead(result, of_mean_fill)
    assert lead == pytest.approx(-20 * np.log10(0.9), abs=1e-4)
    assert low == pytest.approx(lead, abs=1e-3)
    assert high == pytest.approx(lead, abs=1e-3)
    back, (low, _) = figures.lead(of_mean_fill, result)
    assert back == pytest.approx(-lead)
    assert low < 0


def test_some_of_the_pictures_have_the_figures_of_a_set_of_their_own(
    photographs: np.ndarray, real: Yardstick, of_mean_fill
) -> None:
    some = np.array([0, 3, 4])
    alone = figures.measure(mean_fill, photographs[some], BORDER, Yardstick(photographs[some]))
    found, expected = (figures.summarise(r) for r in (of_mean_fill.of(some), alone))
    assert found.keys() == expected.keys() - {"swd"}
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-5, abs=1e-9)


def test_a_network_adds_its_distances(photographs: np.ndarray) -> None:
    class Colours:
        """A network that sees no more than the mean colours of four quarters."""

        def features(self, pictures: np.ndarray) -> np.ndarray:
            return (
                pictures.reshape(len(pictures), 2, 64, 2, 64, 3).mean(axis=(2, 4)).reshape(-1, 12)
            )

        distances = inception.Inception.distances

    yardstick = Yardstick(photographs, [Colours()])
    same = figures.summarise(figures.measure(lambda c: c + 1e-6, photographs, BORDER, yardstick))
    other = figures.summarise(figures.measure(mean_fill, photographs, BORDER, yardstick))
    assert same.keys() == other.keys() == {*figures.NAMES, *figures.INCEPTION_NAMES}
    # Of nearly the photographs themselves, what photographs have against the other half.
    assert same["fid"] == pytest.approx(yardstick.of_photographs()["fid"], rel=1e-3)
    assert other["fid"] != pytest.approx(same["fid"], rel=0.01)
    assert other["kid"] != pytest.approx(same["kid"], rel=0.01)
