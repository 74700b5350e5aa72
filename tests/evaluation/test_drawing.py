"""Models that draw: their seeds, and how far their results lie apart."""

from typing import Any

import numpy as np
import pytest

from evaluation import compare, drawing, page, text, ways
from evaluation.yardstick import Yardstick
from models.images import masking
from models.quality import perceptual
from tests.evaluation import drawing_model

BORDER = masking.ONE_SIDE
HIDDEN = masking.border_mask(BORDER)[..., 0] > 0.5


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return drawing_model.load(tmp_path_factory.mktemp("drawing"))


@pytest.fixture(scope="module")
def way(model: Any) -> ways.ByModel:
    return ways.ByModel(model, BORDER)


def test_a_picture_has_its_seeds_in_whatever_batch_it_comes(
    way: ways.ByModel, photographs: np.ndarray
) -> None:
    assert way.draws
    first = way(photographs)
    np.testing.assert_array_equal(way(photographs[3:5]), first[3:5])
    assert not np.array_equal(way(photographs, 1), first)
    shifts = (first - photographs)[:, 0, -1, 0]
    assert len(set(shifts.round(4))) == len(photographs)  # no two pictures have the same
    assert np.array_equal(first[:, :, :64], photographs[:, :, :64])


def test_figures_of_several_seeds_are_their_definitions(
    way: ways.ByModel, photographs: np.ndarray
) -> None:
    found = drawing.measure(way, photographs, BORDER, Yardstick(photographs, perceptual.networks()))
    drawn = np.stack([way(photographs, number) for number in range(8)]).astype(np.float64)
    assert (found.pictures, found.seeds) == (9, 8)
    error = ((drawn - photographs) ** 2)[:, :, HIDDEN].mean()
    of_mean = ((drawn.mean(axis=0) - photographs) ** 2)[:, HIDDEN].mean()
    assert found.psnr == pytest.approx(-10 * np.log10(error), abs=1e-3)
    assert found.psnr_of_mean == pytest.approx(-10 * np.log10(of_mean), abs=1e-3)
    assert found.psnr_of_mean > found.psnr
    # Each result is of one colour, so layouts lie as far apart as these.
    colours = drawn[:, :, 0, -1]
    pairs = [(colours[i] - colours[j]) ** 2 for i in range(8) for j in range(i)]
    assert found.layouts_apart == pytest.approx(255 * np.sqrt(np.mean(pairs)), rel=1e-3)
    (network,) = perceptual.networks()
    standard = perceptual.Standard.of(network.features(photographs))
    one, other = (standard.standardised(network.features(way(photographs, n))) for n in (0, 1))
    apart = np.sqrt(np.square(one - other).mean(axis=1)).mean()
    assert found.diversity == pytest.approx(apart, rel=0.5)
    assert drawing.measure(way, photographs, BORDER, Yardstick(photographs)).diversity is None


def test_the_comparison_shows_them_and_the_page_several_results(
    model: Any, photographs: np.ndarray
) -> None:
    pictures = compare.Pictures(photographs, [""] * 9, [""] * 9, {})
    told: list[tuple[int, int]] = []
    comparison = compare.compare(
        model, pictures, watch=lambda what, done, total: told.append((done, total))
    )
    assert told[-1] == (24, 24)  # seven ways and the seeds, three masks
    content = compare.as_json(comparison)
    for part in content["masks"].values():
        assert part["model"]["draws"]["seeds"] == 8
        assert "draws" not in part["baselines"]["fade_fill"]
    assert "model, 8 results for each of 9 pictures: layouts" in text.table(content)
    assert "8 results for each of 9 pictures" in page.html(comparison, content, model, "a model")
