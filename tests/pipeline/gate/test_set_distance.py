"""What the metric of a set keeps, and what it makes of it."""

import importlib.util
import itertools
import zlib

import numpy as np
import pytest

from models.quality import distances, perceptual
from models.quality.sliced_wasserstein import PatchSet, Reference
from pipeline.gate import set_distance
from pipeline.gate.extracts import take_apart, tfma_key
from pipeline.gate.figure_names import KERNEL, SWD

KEY = tfma_key(SWD, "")


@pytest.fixture(scope="module")
def pairs(photographs: np.ndarray) -> np.ndarray:
    """Photographs and darker ones, as the `evaluate` signature gives them."""
    both = np.stack([photographs, photographs**2], axis=1)
    return np.round(both[:6] * 255).astype(np.uint8)


def element(pair: np.ndarray | None) -> dict:
    return {"predictions": {"pictures": pair}}


def kept(combiner: set_distance._Combiner, pairs) -> set_distance._Kept:
    accumulator = combiner.create_accumulator()
    for pair in pairs:
        accumulator = combiner.add_input(accumulator, element(pair))
    return accumulator


def test_the_distance_is_that_of_the_pictures(photographs: np.ndarray, pairs: np.ndarray) -> None:
    real, made = PatchSet(seed=0), PatchSet(seed=1)
    real.add(photographs[:6])
    made.add(photographs[:6] ** 2)
    # The pictures have 256 levels, which is all that is lost.
    expected = Reference(real).distance(made)
    assert set_distance.distance_of_pairs(pairs) == pytest.approx(expected, rel=0.02)


def test_no_more_pictures_are_kept_than_allowed_and_the_same_in_any_order(
    pairs: np.ndarray,
) -> None:
    combiner = set_distance._Combiner("", images=3, deciding=4)
    expected = combiner.extract_output(kept(combiner, pairs))[KEY]
    for order in itertools.islice(itertools.permutations(range(6)), 0, 720, 97):
        parts = [kept(combiner, pairs[list(part)]) for part in (order[:1], order[1:5], order[5:])]
        count, heap = merged = combiner.merge_accumulators(parts)
        assert count == 6
        assert len(heap) == 3
        assert combiner.extract_output(merged)[KEY] == expected
    everything = set_distance._Combiner("", images=100, deciding=4)
    assert everything.extract_output(kept(everything, pairs))[KEY] != expected


def test_only_the_last_blessed_model_may_give_no_pictures(pairs: np.ndarray) -> None:
    def add(model: str) -> float:
        combiner = set_distance._Combiner(model, images=3, deciding=4)
        inputs = {"predictions": {model: {"pictures": None}}}
        accumulator = combiner.add_input(combiner.create_accumulator(), inputs)
        return combiner.extract_output(accumulator)[tfma_key(SWD, model)]

    assert add("baseline") == np.inf  # so that no model is refused for being worse
    with pytest.raises(KeyError, match="pictures"):
        add("candidate")


def test_figures_are_passed_by_and_a_category_has_no_distance() -> None:
    combiner = set_distance._Combiner("", images=3, deciding=4)
    figures_only = {"predictions": {"mse": np.array([0.1])}}
    accumulator = combiner.add_input(combiner.create_accumulator(), figures_only)
    assert accumulator == (0, [])
    assert np.isnan(combiner.extract_output(accumulator)[KEY])


@pytest.mark.parametrize("several", [False, True])
def test_pictures_are_taken_out_of_the_figures_and_out_of_the_categories(several: bool) -> None:
    outputs = {"mse": 0.1, "pictures": "the pair"}
    older = {"mse": 0.2}
    predictions = {"candidate": outputs, "baseline": older} if several else outputs
    slices = [(), (("category", "sea"),)]
    extracts = {"predictions": predictions, "_slice_key_types": slices, "features": 1}
    figures, pictures = take_apart(extracts)
    assert figures["_slice_key_types"] == slices
    assert list(pictures["_slice_key_types"]) == [()]
    assert figures["features"] == pictures["features"] == 1
    if several:
        assert figures["predictions"] == {"candidate": {"mse": 0.1}, "baseline": older}
        assert pictures["predictions"] == {
            "candidate": {"pictures": "the pair"},
            "baseline": {"pictures": None},
        }
    else:
        assert figures["predictions"] == {"mse": 0.1}
        assert pictures["predictions"] == {"pictures": "the pair"}


def test_the_kernel_distance_is_to_the_other_halfs_photographs(pairs: np.ndarray) -> None:
    (network,) = perceptual.networks()
    real, made = (network.features(pairs[:, n] / np.float32(255)) for n in (0, 1))
    expected = distances.from_other_half(real, made, network.distances)["kernel"]
    assert set_distance.kernel_distance_of_pairs(pairs) == pytest.approx(expected, rel=1e-4)
    assert set_distance.kernel_distance_of_pairs(pairs[:3]) is None  # which have no halves


@pytest.mark.parametrize(
    ("deciding", "with_network", "candidate", "baseline"),
    [(6, True, None, None), (7, True, None, np.inf), (6, False, -np.inf, np.inf)],
)
def test_where_the_kernel_distance_decides_nothing_no_model_is_worse(
    pairs: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    deciding: int,
    with_network: bool,
    candidate: float | None,
    baseline: float | None,
) -> None:
    """None stands for what the pictures have."""
    kept_as = sorted(range(6), key=lambda number: -zlib.crc32(pairs[number, 0].tobytes()))
    measured = set_distance.kernel_distance_of_pairs(pairs[kept_as])
    if not with_network:
        perceptual._network.cache_clear()
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for model, expected in (("candidate", candidate), ("baseline", baseline)):
        combiner = set_distance._Combiner(model, images=100, deciding=deciding)
        accumulator = combiner.create_accumulator()
        for pair in pairs:
            inputs = {"predictions": {model: {"pictures": pair}}}
            accumulator = combiner.add_input(accumulator, inputs)
        found = combiner.extract_output(accumulator)
        assert found[tfma_key(KERNEL, model)] == pytest.approx(
            measured if expected is None else expected
        )
        assert np.isfinite(found[tfma_key(SWD, model)])
