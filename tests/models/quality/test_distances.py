"""Fréchet and kernel distance as functions of features."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from models.quality import distances


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
    assert distances.frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)
    assert distances.frechet_distance(other, one) == pytest.approx(expected, rel=1e-9)


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
    found = distances.frechet_distance(one, other)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4 * np.trace(covariances[0]))
    assert distances.frechet_distance(one, one) == pytest.approx(0, abs=1e-8 * (one**2).sum())


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
    assert distances.kernel_distance(one, other) == pytest.approx(expected)


def test_kernel_distance_has_no_bias() -> None:
    random = np.random.default_rng(1)
    found = [
        distances.kernel_distance(random.normal(size=(20, 4)), random.normal(size=(20, 4)))
        for _ in range(300)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0


@pytest.mark.parametrize("measure", [distances.frechet_distance, distances.kernel_distance])
def test_a_set_of_one_has_no_distance(measure) -> None:
    with pytest.raises(ValueError, match="2 are the least"):
        measure(np.zeros((1, 3)), np.zeros((5, 3)))


def test_no_picture_is_held_against_itself() -> None:
    real, made = np.arange(6.0)[:, None], np.arange(6.0)[:, None] + 100
    seen = []

    def watch(reference: np.ndarray, others: np.ndarray) -> dict[str, float]:
        seen.append((reference.ravel().tolist(), (others - 100).ravel().tolist()))
        return {"sum": float(reference.sum())}

    assert distances.from_other_half(real, made, watch) == {"sum": (6 + 9) / 2}
    assert seen == [([0, 2, 4], [1, 3, 5]), ([1, 3, 5], [0, 2, 4])]


def test_three_pictures_have_no_halves() -> None:
    few = np.zeros((distances.LEAST_HALVED - 1, 3))
    measure = lambda *sets: {"kernel": distances.kernel_distance(*sets)}  # noqa: E731
    with pytest.raises(ValueError, match="2 are the least"):
        distances.from_other_half(few, few, measure)
