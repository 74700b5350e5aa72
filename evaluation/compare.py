"""A model beside every fill by hand, on the same pictures, for both kinds of mask."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from evaluation import figures
from evaluation.pictures import Pictures
from models import baselines, features, masking
from models.distribution import PatchSet

MASKS = {
    "four_sides": masking.Border(32, 32, 32, 32),
    "two_sides": masking.Border(32, 32, 0, 0),
}
MODEL = "model"
_MIN_CATEGORY = 5  # pictures, for a line of its own

Progress = Callable[[str], None]


class Comparison(NamedTuple):
    """All results, by mask and by way to guess."""

    results: Mapping[str, Mapping[str, figures.Result]]
    pictures: Pictures
    guesses: Mapping[str, Mapping[str, figures.Guess]]


def compare(model: Any, pictures: Pictures, tell: Progress = lambda text: None) -> Comparison:
    """Measures the model and all baselines.

    Args:
        model: A SavedModel of this pipeline, loaded.
        pictures: What to measure on.
        tell: Called with what is being done.

    Returns:
        All results.
    """
    results: dict[str, dict[str, figures.Result]] = {}
    real = PatchSet(seed=0)
    for start in range(0, len(pictures.canvases), figures.BATCH):
        real.add(pictures.canvases[start : start + figures.BATCH])
    guesses = {mask: _guesses(model, border) for mask, border in MASKS.items()}
    for mask, border in MASKS.items():
        results[mask] = {}
        for name, guess in guesses[mask].items():
            tell(f"{mask.replace('_', ' ')}: {name.replace('_', ' ')}")
            results[mask][name] = figures.measure(guess, pictures.canvases, border, real)
    return Comparison(results, pictures, guesses)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Lays the figures out for machines.

    Args:
        comparison: All results.

    Returns:
        `images`; `masks`: by mask, `model` and `baselines` by name, each with its figures and
        their `intervals`, and `categories`, where there are enough pictures of one.
    """
    masks = {}
    for mask, results in comparison.results.items():
        described = {name: _described(result) for name, result in results.items()}
        model = described.pop(MODEL)
        categories = _by_category(results[MODEL], comparison.pictures.categories)
        masks[mask] = {MODEL: model, "baselines": described, "categories": categories}
    return {
        "images": len(comparison.pictures.paths),
        "rejected": comparison.pictures.rejected,
        "masks": masks,
    }


def _guesses(model: Any, border: masking.Border) -> dict[str, figures.Guess]:
    fills: dict[str, figures.Guess] = {MODEL: _by_model(model, border)}
    for name, fill in baselines.FILLS.items():
        fills[name] = lambda canvases, fill=fill: np.asarray(fill(canvases, border))  # type: ignore[misc]
    for method in baselines.INPAINTINGS:
        fills[method] = lambda canvases, method=method: baselines.inpaint(  # type: ignore[misc]
            canvases, border, method
        )
    return fills


def _by_model(model: Any, border: masking.Border) -> figures.Guess:
    outpaint = model.signatures[features.OUTPAINT_SIGNATURE]
    mask = masking.border_mask(border)

    def guess(canvases: np.ndarray) -> np.ndarray:
        masks = np.broadcast_to(mask, (len(canvases), *mask.shape))
        inputs = {features.CANVASES: canvases, features.MASKS: masks}
        given = {name: tf.constant(value) for name, value in inputs.items()}
        return outpaint(**given)[features.OUTPAINTED].numpy()

    return guess


def _described(result: figures.Result) -> dict[str, Any]:
    bounds = {name: list(pair) for name, pair in figures.intervals(result).items()}
    values = {name: float(value) for name, value in figures.summarise(result).items()}
    return {**values, "intervals": bounds}


def _by_category(result: figures.Result, categories: list[str]) -> dict[str, Any]:
    named = np.array(categories)
    found = {}
    for category in sorted(set(categories) - {""}):
        chosen = np.flatnonzero(named == category)
        if len(chosen) >= _MIN_CATEGORY:
            part = figures.Scores(*(column[chosen] for column in result.scores))
            error = part.mse.mean()
            found[category] = {
                "images": len(chosen),
                "psnr": float(-10 * np.log10(error)),
                "ssim": float(part.ssim.mean()),
            }
    return found
