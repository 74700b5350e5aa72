"""FID and KID as functions of features, and what happens where there is no network to see with."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from models.quality import inception


def normal(count: int, mean: np.ndarray, root: np.ndarray, seed: int) -> np.ndarray:
    """Features whose mean and covariance (root' root) are just these, not only on average."""
    drawn = np.random.default_rng(seed).normal(size=(count, len(mean)))
    drawn -= drawn.mean(axis=0)
    drawn = drawn @ linalg.inv(linalg.sqrtm(drawn.T @ drawn / (count - 1)))
    return drawn @ root + mean


def test_frechet_distance_of_normals_is_the_closed_form() -> None:
    # With covariances that commute: |m - m'|^2 + sum (s - s')^2.
    one = normal(50, np.array([1.0, 2.0, 3.0]), np.diag([1.0, 2.0, 0.5]), seed=0)
    other = normal(80, np.array([0.0, 2.5, 3.0]), np.diag([3.0, 1.0, 0.5]), seed=1)
    expected = (1 + 0.25) + (2**2 + 1**2)
    assert inception.frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)
    assert inception.frechet_distance(other, one) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=20)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 12), st.integers(0, 99))
def test_frechet_distance_is_the_definition(n: int, m: int, d: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    one = random.normal(size=(n, d)) @ random.normal(size=(d, d))
    other = random.normal(size=(m, d)) * 2 + 1
    covariances = [np.cov(features, rowvar=False).reshape(d, d) for features in (one, other)]
    # As few pictures as here leave the product singular: its eigenvalues, not its root.
    roots = np.sqrt(np.maximum(linalg.eigvals(covariances[0] @ covariances[1]).real, 0))
    expected = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    expected += np.trace(covariances[0] + covariances[1]) - 2 * roots.sum()
    found = inception.frechet_distance(one, other)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4 * np.trace(covariances[0]))
    assert inception.frechet_distance(one, one) == pytest.approx(0, abs=1e-8 * (one**2).sum())


def test_kernel_distance_is_the_definition_summed_pair_by_pair() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(7, 5)), random.normal(size=(9, 5)) + 0.5

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 5 + 1) ** 3)

    def within(features: np.ndarray) -> float:
        pairs = [(i, j) for i in range(len(features)) for j in range(len(features)) if i != j]
        return float(np.mean([kernel(features[i], features[j]) for i, j in pairs]))

    between = np.mean([kernel(x, y) for x in one for y in other])
    expected = 1000 * (within(one) + within(other) - 2 * between)
    assert inception.kernel_distance(one, other) == pytest.approx(expected)


def test_kernel_distance_has_no_bias() -> None:
    random = np.random.default_rng(1)
    found = [
        inception.kernel_distance(random.normal(size=(20, 4)), random.normal(size=(20, 4)))
        for _ in range(300)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0


@pytest.mark.parametrize("measure", [inception.frechet_distance, inception.kernel_distance])
def test_a_set_of_one_has_no_distance(measure) -> None:
    with pytest.raises(ValueError, match="2 are the least"):
        measure(np.zeros((1, 3)), np.zeros((5, 3)))


def test_missing_weights_are_refused_with_file_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(inception.WeightsError) as error:
        inception.find_weights()
    assert str(tmp_path / "models" / inception.WEIGHTS_FILE) in str(error.value)
    assert "nothing is downloaded" in str(error.value)
    file = tmp_path / "models" / inception.WEIGHTS_FILE
    file.parent.mkdir()
    file.write_bytes(b"not weights")
    assert inception.find_weights() == file
    with pytest.raises(inception.WeightsError, match="not the weights of InceptionV3") as error:
        inception.Inception(file)
    assert str(file) in str(error.value)
    with pytest.raises(inception.WeightsError, match="elsewhere"):
        inception.find_weights(tmp_path / "elsewhere")


def test_the_network_sees_pictures_as_keras_prepares_them(
    photographs: np.ndarray, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    file = tmp_path / "inception.weights.h5"
    network.save_weights(file)
    found = inception.Inception(file).features(photographs[:3])
    assert found.shape == (3, 2048)
    larger = keras.ops.image.resize(photographs[:3] * 255, (299, 299))
    prepared = keras.applications.inception_v3.preprocess_input(np.array(larger))
    np.testing.assert_allclose(found, network(prepared, training=False), rtol=1e-3, atol=1e-5)
