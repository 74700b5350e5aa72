"""What Lite2 sees: of real photographs, against the definitions."""

import importlib.util

import numpy as np
import pytest

from models.networks import efficientnet_lite
from models.quality import distances, perceptual


@pytest.fixture(scope="module")
def network() -> perceptual.Perceptual:
    return perceptual.Perceptual()


def test_features_are_those_of_the_middle_layers_averaged_over_places(
    network: perceptual.Perceptual, photographs: np.ndarray
) -> None:
    levels = efficientnet_lite.network(2, (8, 16))(photographs[:2])
    expected = np.concatenate([np.asarray(level).mean(axis=(1, 2)) for level in levels], axis=1)
    found = network.features(photographs[:2])
    assert found.shape == (2, 168)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_batches_change_nothing(network: perceptual.Perceptual, photographs: np.ndarray) -> None:
    many = np.concatenate([photographs] * 4)  # more than one batch
    np.testing.assert_allclose(
        network.features(many)[27:], network.features(photographs), rtol=1e-4, atol=1e-5
    )


def test_the_reference_sets_the_standard(network: perceptual.Perceptual) -> None:
    random = np.random.default_rng(0)
    reference, other = random.normal(size=(50, 6)), random.normal(size=(40, 6)) + 0.3
    found = network.distances(reference, other)
    assert found.keys() == set(perceptual.NAMES)
    # No feature counts for more because its numbers are larger.
    scale, shift = np.array([1, 2, 3, 4, 5, 6]), np.arange(6)
    stretched = network.distances(reference * scale + shift, other * scale + shift)
    for name in perceptual.NAMES:  # what is added to each deviation leaves a little
        assert stretched[name] == pytest.approx(found[name], rel=0.02)
    standard = perceptual.Standard.of(reference)
    one, two = standard.standardised(reference), standard.standardised(other)
    assert one.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert one.std(axis=0) == pytest.approx(1, rel=2e-3)
    assert found["kernel"] == pytest.approx(distances.kernel_distance(one, two))
    assert found["frechet"] == pytest.approx(1000 * distances.frechet_distance(one, two) / 6)


def test_blurred_photographs_lie_farther_than_other_photographs(
    network: perceptual.Perceptual, photographs: np.ndarray
) -> None:
    import cv2

    blurred = np.stack([cv2.GaussianBlur(picture, (0, 0), 3) for picture in photographs])
    real = network.features(photographs)
    by_blur = distances.from_other_half(real, network.features(blurred), network.distances)
    own = distances.from_other_half(real, real, network.distances)
    assert by_blur["kernel"] > own["kernel"] + 100
    assert by_blur["frechet"] > 1.2 * own["frechet"]


def test_mean_distance_is_that_of_all_pairs() -> None:
    features = np.random.default_rng(1).normal(size=(5, 7))
    pairs = [
        np.sqrt(np.square(features[i] - features[j]).mean()) for i in range(5) for j in range(i)
    ]
    assert perceptual.mean_distance(features) == pytest.approx(np.mean(pairs))


def test_without_the_extra_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,), again = perceptual.networks(), perceptual.networks()
    assert again == [found]
    perceptual._network.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert perceptual.networks() == []
