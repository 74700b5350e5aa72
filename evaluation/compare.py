"""A model beside every fill by hand and other models, on the same pictures, for three masks."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evaluation import drawing, figures, ways
from evaluation.pictures import Pictures
from evaluation.yardstick import BATCH, Network, Yardstick
from models.images import masking

MASKS = {
    "four_sides": masking.FOUR_SIDES,
    "two_sides": masking.TWO_SIDES,
    "one_side": masking.ONE_SIDE,
}
MODEL = "model"
FILLS = ways.FILLS
_MIN_CATEGORY = 5  # pictures, for a line of its own
_DIGITS = 4  # of curves in JSON

Watch = Callable[[str, int, int], None]


class Comparison(NamedTuple):
    """All results, by mask and by way to guess."""

    results: Mapping[str, Mapping[str, figures.Result]]
    pictures: Pictures
    guesses: Mapping[str, Mapping[str, ways.Guess]]
    draws: Mapping[str, Mapping[str, drawing.Draws]]  # of models that draw
    photographs: Mapping[str, float]  # distances of their own
    reference: int | None  # how many other photographs guesses are held against, if any


def compare(
    model: Any,
    pictures: Pictures,
    others: Mapping[str, Any] | None = None,
    networks: Sequence[Network] = (),
    reference: np.ndarray | None = None,
    python: str | None = None,
    watch: Watch = lambda what, done, total: None,
) -> Comparison:
    """Measures the model and all baselines.

    Args:
        model: A SavedModel of this pipeline, loaded.
        pictures: What to measure on.
        others: More models, by name, to be among the baselines.
        networks: To see with.
        reference: float32 [m, 128, 128, 3], photographs for networks to hold guesses against; those
            that are measured are left out. Without it, half of the pictures for the other half.
        python: An interpreter that has PyPatchMatch, to be among the baselines.
        watch: Called with what is being done, and how many steps of how many are.

    Returns:
        All results.

    Raises:
        ValueError: If fewer than 2 photographs of the reference are others.
    """
    models = {MODEL: model, **(others or {})}
    guesses = {mask: _guesses(models, border, python) for mask, border in MASKS.items()}
    canvases, reference = pictures.canvases, _others(reference, pictures.canvases)
    steps = _steps(guesses, len(canvases))
    watch("photographs", 0, steps)
    yardstick = Yardstick(canvases, networks, reference)
    done = itertools.count(1)

    def tick(*words: str) -> Callable[[], None]:
        what = " ".join(words).replace("_", " ")
        return lambda: watch(what, next(done), steps)

    results: dict[str, dict[str, figures.Result]] = {mask: {} for mask in MASKS}
    draws: dict[str, dict[str, drawing.Draws]] = {mask: {} for mask in MASKS}
    for mask, border in MASKS.items():
        of_all = (canvases, border, yardstick)
        for name, guess in guesses[mask].items():
            results[mask][name] = figures.measure(guess, *of_all, tick(f"{mask}:", name))
        for name, way in ways.that_draw(guesses[mask]).items():
            draws[mask][name] = drawing.measure(way, *of_all, tick(f"{mask}:", name, "by seeds"))
    own, others_seen = yardstick.of_photographs(), None if reference is None else len(reference)
    return Comparison(results, pictures, guesses, draws, own, others_seen)


def _guesses(
    models: Mapping[str, Any], border: masking.Border, python: str | None
) -> dict[str, ways.Guess]:
    by_model = {name: ways.ByModel(model, border) for name, model in models.items()}
    return {**by_model, **ways.by_hand(border, python)}


def _steps(guesses: Mapping[str, Mapping[str, ways.Guess]], images: int) -> int:
    drawn = sum(len(ways.that_draw(each)) for each in guesses.values())
    return sum(map(len, guesses.values())) * -(-images // BATCH) + drawn * drawing.batches(images)


def _others(reference: np.ndarray | None, canvases: np.ndarray) -> np.ndarray | None:
    """Leaves out of the reference what is measured."""
    if reference is None:
        return None
    measured = {canvas.tobytes() for canvas in canvases}
    chosen = [canvas.tobytes() not in measured for canvas in reference]
    if sum(chosen) < 2:
        raise ValueError(
            f"{sum(chosen)} of {len(chosen)} photographs of the reference are not among those that "
            "are measured; 2 are the least"
        )
    return reference[chosen]


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Lays the figures out for machines.

    Args:
        comparison: All results.

    Returns:
        `images`; `reference`, how many other photographs, or None where halves are held against
        one another; `photographs`, their own distances; `masks`: by mask, `model` and `baselines`
        by name, each with its figures, their `intervals`, its curves `by_distance` and, of a model
        that draws, `draws`; the model's `lead` in PSNR over the best fill by hand; and the same in
        `categories`, where there are enough pictures of one.
    """
    return {
        "images": len(comparison.pictures.paths),
        "rejected": comparison.pictures.rejected,
        "reference": comparison.reference,
        "photographs": dict(comparison.photographs),
        "masks": {mask: _of_mask(comparison, mask) for mask in comparison.results},
    }


def _of_mask(comparison: Comparison, mask: str) -> dict[str, Any]:
    results = comparison.results[mask]
    table = _table(results)
    for name, values in {MODEL: table[MODEL], **table["baselines"]}.items():
        shown = results[name].by_distance.shown()
        values["by_distance"] = {key: curve.round(_DIGITS).tolist() for key, curve in shown.items()}
        if name in comparison.draws[mask]:
            values["draws"] = comparison.draws[mask][name]._asdict()
    return {**table, "categories": _by_category(comparison, mask)}


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
