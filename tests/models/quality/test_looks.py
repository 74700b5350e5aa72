import numpy as np
import pytest

from models.quality import looks


def flat(*rgb: int) -> np.ndarray:
    return np.full((40, 60, 3), rgb, np.uint8)


@pytest.mark.parametrize(
    ("picture", "brightness", "contrast", "colourfulness"),
    [
        (flat(100, 100, 100), 100, 0, 0),
        (flat(255, 0, 0), 255 * 0.299, 0, 255),
        (np.concatenate([flat(0, 0, 0), flat(200, 200, 200)]), 100, 100, 0),
    ],
)
def test_three_figures_of_a_picture(picture, brightness, contrast, colourfulness) -> None:
    expected = {"brightness": brightness, "contrast": contrast, "colourfulness": colourfulness}
    assert looks.look(picture) == pytest.approx(expected, abs=0.01)


def test_many_at_once_are_as_one_by_one() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)
    together = looks.looks(pictures)
    for number, picture in enumerate(pictures):
        one = looks.look(picture)
        assert {name: together[name][number] for name in looks.NAMES} == pytest.approx(one)
