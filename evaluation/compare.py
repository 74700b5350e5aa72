"""A model beside every fill by hand and other models, on the same pictures, for both masks."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from evaluation import figures
from evaluation.pictures import Pictures
from models import features
from models.images import fills, masking
from models.quality import inception

MASKS = {
    "four_sides": masking.FOUR_SIDES,
    "two_sides": masking.TWO_SIDES,
}
MODEL = "model"
FILLS = (*fills.FILLS, *fills.INPAINTINGS)
_MIN_CATEGORY = 5  # pictures, for a line of its own

Watch = Callable[[str, int, int], None]


class Comparison(NamedTuple):
    """All results, by mask and by way to guess."""

    results: Mapping[str, Mapping[str, figures.Result]]
    pictures: Pictures
    guesses: Mapping[str, Mapping[str, figures.Guess]]


def compare(
    model: Any,
    pictures: Pictures,
    others: Mapping[str, Any] | None = None,
    network: inception.Inception | None = None,
    watch: Watch = lambda what, done, total: None,
) -> Comparison:
    """Measures the model and all baselines.

    Args:
        model: A SavedModel of this pipeline, loaded.
        pictures: What to measure on.
        others: More models, by name, to be among the baselines.
        network: For FID and KID.
        watch: Called with what is being done, and how many steps of how many are.

    Returns:
        All results.
    """
    models = {MODEL: model, **(others or {})}
    guesses = {mask: _guesses(models, border) for mask, border in MASKS.items()}
    batches = -(-len(pictures.canvases) // figures.BATCH)
    total = sum(map(len, guesses.values())) * batches
    watch("photographs", 0, total)
    yardstick = figures.Yardstick(pictures.canvases, network)
    done = itertools.count(1)
    results: dict[str, dict[str, figures.Result]] = {mask: {} for mask in MASKS}
    for mask, border in MASKS.items():
        for name, guess in guesses[mask].items():
            what = f"{mask}: {name}".replace("_", " ")
            results[mask][name] = figures.measure(
                guess,
                pictures.canvases,
                border,
                yardstick,
                lambda what=what: watch(what, next(done), total),  # type: ignore[misc]
            )
    return Comparison(results, pictures, guesses)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Lays the figures out for machines.

    Args:
        comparison: All results.

    Returns:
        `images`; `masks`: by mask, `model` and `baselines` by name, each with its figures and
        their `intervals`; the model's `lead` in PSNR over the best fill by hand; and the same in
        `categories`, where there are enough pictures of one.
    """
    return {
        "images": len(comparison.pictures.paths),
        "rejected": comparison.pictures.rejected,
        "masks": {
            mask: {**_table(results), "categories": _by_category(comparison, mask)}
            for mask, results in comparison.results.items()
        },
    }


def _guesses(models: Mapping[str, Any], border: masking.Border) -> dict[str, figures.Guess]:
    guesses: dict[str, figures.Guess] = {
        name: _by_model(model, border) for name, model in models.items()
    }
    for name, fill in fills.FILLS.items():
        guesses[name] = lambda canvases, fill=fill: np.asarray(fill(canvases, border))  # type: ignore[misc]
    for method in fills.INPAINTINGS:
        guesses[method] = lambda canvases, method=method: fills.inpaint(  # type: ignore[misc]
            canvases, border, method
        )
    return guesses


def _by_model(model: Any, border: masking.Border) -> figures.Guess:
    outpaint = model.signatures[features.OUTPAINT_SIGNATURE]
    mask = masking.border_mask(border)

    def guess(canvases: np.ndarray) -> np.ndarray:
        masks = np.broadcast_to(mask, (len(canvases), *mask.shape))
        inputs = {features.CANVASES: canvases, features.MASKS: masks}
        given = {name: tf.constant(value) for name, value in inputs.items()}
        return outpaint(**given)[features.OUTPAINTED].numpy()

    return guess


def _table(results: Mapping[str, figures.Result]) -> dict[str, Any]:
    described = {name: _described(result) for name, result in results.items()}
    model = described.pop(MODEL)
    best = max(FILLS, key=lambda name: described[name]["psnr"])
    lead, interval = figures.lead(results[MODEL], results[best])
    return {
        MODEL: model,
        "baselines": described,
        "lead": {"over": best, "psnr": lead, "interval": list(interval)},
    }


def _described(result: figures.Result) -> dict[str, Any]:
    bounds = {name: list(pair) for name, pair in figures.intervals(result).items()}
    values = {name: float(value) for name, value in figures.summarise(result).items()}
    return {**values, "intervals": bounds}


def _by_category(comparison: Comparison, mask: str) -> dict[str, Any]:
    categories = np.array(comparison.pictures.categories)
    found = {}
    for category in sorted(set(comparison.pictures.categories) - {""}):
        chosen = np.flatnonzero(categories == category)
        if len(chosen) >= _MIN_CATEGORY:
            part = {name: result.of(chosen) for name, result in comparison.results[mask].items()}
            found[category] = {"images": len(chosen), **_table(part)}
    return found
