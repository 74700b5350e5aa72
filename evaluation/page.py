"""What a person reads of a comparison: a table in text, and a page with pictures."""

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from evaluation import figures, influence, plots, text, ways
from evaluation.compare import FILLS, MASKS, MODEL, Comparison, as_json
from models import features
from models.images import contact_sheet, masking

_ROWS = 6
_LOOKED_INTO = 2  # pictures, for what the generator looks at: gradients take long
_LOOKED_THROUGH = 8  # for the receptive field: not every unit is awake in every picture
_ERROR = {"psnr": "PSNR, dB"}
_COLOURS = {"chroma": "chroma, of the truth's", "brightness": "brightness less the truth's, of 100"}
_SHOWN_SEEDS = 4
_BY_HAND = (features.FADE_FILL, features.REFLECT_FILL)  # on the sheets: the smooth, the lively


def write(comparison: Comparison, model: Any, model_name: str, folder: Path) -> dict[str, Any]:
    """Writes `evaluation.txt`, `evaluation.json` and `evaluation.html`.

    Args:
        comparison: All results.
        model: The SavedModel, loaded.
        model_name: What to call it.
        folder: Where to; made if it is not there.

    Returns:
        The figures, as `compare.as_json` gives them.
    """
    content = as_json(comparison)
    page = html(comparison, content, model, model_name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.txt").write_text(text.table(content) + "\n")
    (folder / "evaluation.json").write_text(json.dumps(content, indent=2) + "\n")
    (folder / "evaluation.html").write_text(page)
    return content


def html(comparison: Comparison, content: dict[str, Any], model: Any, model_name: str) -> str:
    """Makes the page. It needs no other file.

    Args:
        comparison: All results.
        content: As `compare.as_json` gives it.
        model: The SavedModel, loaded.
        model_name: What to call it.

    Returns:
        HTML.
    """
    canvases = comparison.pictures.canvases[:_LOOKED_INTO]
    field = influence.receptive_field(model, comparison.pictures.canvases[:_LOOKED_THROUGH])
    parts = {
        mask: {
            "rows": text.rows(content["masks"][mask]),
            "titles": text.titles(content["masks"][mask]),
            "lead": content["masks"][mask]["lead"],
            "categories": {
                name: {**values, "rows": text.rows(values)}
                for name, values in content["masks"][mask]["categories"].items()
            },
            "sheets": _sheets(comparison, mask),
            "distance": _by_distance(results, _ERROR),
            "colours": _by_distance(results, _COLOURS),
            "influence": _influence(model, canvases, mask, field),
        }
        for mask, results in comparison.results.items()
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"spaced": text.spaced, "drawn": text.drawn}
    return environment.get_template("page.html").render(
        content=content,
        parts=parts,
        model_name=model_name,
        field=field,
        against=text.against(content),
    )


def _by_distance(results: Mapping[str, figures.Result], names: Mapping[str, str]) -> str:
    curves = {way: result.by_distance.shown() for way, result in results.items()}
    return _data_url(plots.by_distance(curves, names), "svg+xml")


def _sheets(comparison: Comparison, mask: str) -> dict[str, str]:
    error = comparison.results[mask][MODEL].scores.mse
    order = np.argsort(error)
    count = min(_ROWS, len(order))
    middle = (len(order) - count) // 2
    chosen = {
        "best": order[:count],
        "median": order[middle : middle + count],
        "worst": order[-count:],
        "random": np.random.default_rng(0).permutation(len(order))[:count],
    }
    return {title: _sheet(comparison, mask, indices) for title, indices in chosen.items()}


def _sheet(comparison: Comparison, mask: str, indices: np.ndarray) -> str:
    canvases = comparison.pictures.canvases[indices]
    hole = masking.border_mask(masking.Border(*MASKS[mask]))
    columns = {"input": masking.hide(canvases, hole).numpy()}
    guesses = comparison.guesses[mask]
    drawing = ways.that_draw(guesses)
    # The model, further models if there are, and a few fills.
    for name in (*(name for name in guesses if name not in FILLS), *_BY_HAND):
        columns[text.spaced(name)] = guesses[name](canvases)
        if name in drawing:
            for number in range(1, _SHOWN_SEEDS):
                columns[f"{text.spaced(name)} {number + 1}"] = drawing[name](canvases, number)
    columns["truth"] = canvases
    content = io.BytesIO()
    contact_sheet.sheet(columns).save(content, "JPEG", quality=90)
    return _data_url(content.getvalue(), "jpeg")


def _influence(model: Any, canvases: np.ndarray, mask: str, field: int) -> dict[str, Any]:
    border, pixels = MASKS[mask], influence.probes(MASKS[mask])
    maps = influence.maps(model, canvases, border)
    return {
        "plot": _data_url(plots.draw_influence(maps, pixels, border, field), "svg+xml"),
        "within": [
            [influence.distance_holding(values, pixel, share) for share in (0.5, 0.95)]
            for values, pixel in zip(maps, pixels, strict=True)
        ],
    }


def _data_url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
