"""What a person reads of a comparison: a table in text, and a page with pictures."""

import base64
import io
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from evaluation import figures, plots
from evaluation.compare import MASKS, MODEL, Comparison, as_json
from models import features, masking, pictures

_ROWS = 6
_COLUMNS = (MODEL, features.FADE_FILL)  # beside input and truth
_TITLES = {
    "psnr": "PSNR, dB",
    "rmse": "RMSE of 255",
    "l1": "L1 of 255",
    "ssim": "SSIM",
    "swd": "SWD",
    "seam": "seam",
    "sharpness": "sharpness",
}


def text_table(content: dict[str, Any]) -> str:
    """Lays figures out for a terminal.

    Args:
        content: As `compare.as_json` gives it.

    Returns:
        Lines of text.
    """
    lines = [f"{content['images']} images, {len(content['rejected'])} rejected"]
    for mask, part in content["masks"].items():
        titles = "".join(f"{title:>13}" for title in _TITLES.values())
        lines += ["", f"{mask.replace('_', ' '):<16}{titles}"]
        for name, values in _rows(part).items():
            cells = "".join(f"{values[key]:13.3f}" for key in _TITLES)
            lines.append(f"{name.replace('_', ' '):<16}{cells}")
        low, high = part[MODEL]["intervals"]["psnr"]
        lines.append(f"  model's PSNR, 95 % of bootstrap samples: {low:.2f} to {high:.2f} dB")
    return "\n".join(lines)


def html(comparison: Comparison, model: Any, model_name: str) -> str:
    """Makes the page. It needs no other file.

    Args:
        comparison: All results.
        model: The SavedModel, loaded.
        model_name: What to call it.

    Returns:
        HTML.
    """
    content = as_json(comparison)
    parts = {
        mask: {
            "rows": _rows(content["masks"][mask]),
            "categories": content["masks"][mask]["categories"],
            "sheets": _sheets(comparison, mask),
            "distance": _data_url(
                plots.error_by_distance(
                    {name: result.error_by_distance for name, result in results.items()}
                ),
                "svg+xml",
            ),
            "influence": _influence(comparison, model, mask),
        }
        for mask, results in comparison.results.items()
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("page.html").render(
        content=content, parts=parts, titles=_TITLES, model_name=model_name
    )


def _rows(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {MODEL: part[MODEL], **part["baselines"]}


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
    for name in _COLUMNS:
        guess: figures.Guess = comparison.guesses[mask][name]
        columns[name.replace("_", " ")] = guess(canvases)
    columns["truth"] = canvases
    content = io.BytesIO()
    pictures.sheet(columns).save(content, "JPEG", quality=90)
    return _data_url(content.getvalue(), "jpeg")


def _influence(comparison: Comparison, model: Any, mask: str) -> str:
    canvases = comparison.pictures.canvases[:_ROWS]
    maps = plots.influence(model, canvases, MASKS[mask])
    return _data_url(plots.draw_influence(maps, MASKS[mask]), "svg+xml")


def _data_url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
