"""The sliced Wasserstein distance: its parts against their definitions, and what it tells."""

import numpy as np
import pytest
from scipy import ndimage, stats

from models.quality import sliced_wasserstein


def patches_of(pictures: np.ndarray, seed: int = 0) -> sliced_wasserstein.PatchSet:
    patches = sliced_wasserstein.PatchSet(seed)
    patches.add(pictures)
    return patches


def test_pyramid_adds_up_to_the_pictures(photographs: np.ndarray) -> None:
    levels = sliced_wasserstein.laplacian_pyramid(photographs)
    assert [level.shape[1] for level in levels] == [128, 64, 32, 16]
    whole = levels[-1]
    for level in reversed(levels[:-1]):
        whole = level + sliced_wasserstein.scaled_up(whole)
    np.testing.assert_allclose(whole, photographs, atol=1e-5)


def test_pyramid_is_made_by_the_filter_of_the_definition(photographs: np.ndarray) -> None:
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[None, :, :, None] / 256
    blurred = ndimage.convolve(photographs, kernel, mode="mirror")[:, ::2, ::2]
    spread = np.zeros_like(photographs)
    spread[:, ::2, ::2] = blurred
    detail = photographs - ndimage.convolve(spread, kernel * 4, mode="mirror")
    np.testing.assert_allclose(
        sliced_wasserstein.laplacian_pyramid(photographs)[0], detail, atol=1e-5
    )


def test_pyramid_of_a_plain_picture_is_empty_but_for_the_last_level() -> None:
    *details, rest = sliced_wasserstein.laplacian_pyramid(np.full((1, 64, 64, 3), 0.25))
    for level in details:
        np.testing.assert_allclose(level, 0, atol=1e-6)
    np.testing.assert_allclose(rest, 0.25, atol=1e-6)


def test_patches_are_standardised_by_colour(photographs: np.ndarray) -> None:
    for size, patches in patches_of(photographs).levels().items():
        assert patches.shape == (len(photographs) * 128, 3 * 7 * 7), size
        by_colour = patches.reshape(len(patches), 3, 49)
        np.testing.assert_allclose(by_colour.mean(axis=(0, 2)), 0, atol=1e-4)
        np.testing.assert_allclose(by_colour.std(axis=(0, 2)), 1, atol=1e-3)


def test_batches_add_up_to_a_set(photographs: np.ndarray) -> None:
    together, apart = patches_of(photographs), sliced_wasserstein.PatchSet()
    for picture in photographs:
        apart.add(picture[None])
    for one, other in zip(together.levels().values(), apart.levels().values(), strict=True):
        assert one.shape == other.shape


def test_projected_distance_is_scipys(photographs: np.ndarray) -> None:
    one, other = (patches_of(p).levels()[32] for p in (photographs, photographs**2))
    random = np.random.default_rng([5, 32])
    directions = random.normal(size=(512, 147)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = 1000 * np.mean(
        [stats.wasserstein_distance(one @ unit, other @ unit) for unit in directions]
    )
    reference = sliced_wasserstein.Reference(patches_of(photographs), seed=5)
    found = reference.distances(patches_of(photographs**2))
    assert found[32] == pytest.approx(expected, rel=1e-3)
    assert reference.distance(patches_of(photographs**2)) == pytest.approx(
        np.mean(list(found.values()))
    )


def test_equal_sets_have_no_distance_and_blurred_ones_most_in_the_finest_level(
    photographs: np.ndarray,
) -> None:
    real = patches_of(photographs)
    assert set(sliced_wasserstein.sliced_wasserstein(real, patches_of(photographs)).values()) == {
        0.0
    }
    other_places = sliced_wasserstein.sliced_wasserstein(real, patches_of(photographs, seed=1))
    blurred = ndimage.gaussian_filter(photographs, (0, 2, 2, 0))
    noisy = photographs + np.random.default_rng(0).normal(0, 0.2, photographs.shape)
    for worse in (blurred, noisy):
        distances = sliced_wasserstein.sliced_wasserstein(real, patches_of(worse, seed=1))
        assert distances[128] > 1.5 * other_places[128]
        assert distances[128] > distances[16]


def test_sets_of_unlike_numbers_are_an_error(photographs: np.ndarray) -> None:
    with pytest.raises(ValueError, match="as many pictures in both"):
        sliced_wasserstein.sliced_wasserstein(patches_of(photographs), patches_of(photographs[:2]))
