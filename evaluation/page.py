"""What a person reads of a comparison: a table in text, and a page with pictures."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from evaluation import figures, influence, plots
from evaluation.compare import FILLS, MASKS, MODEL, Comparison, as_json
from models import features
from models.images import contact_sheet, masking

_ROWS = 6
_LOOKED_INTO = 2  # pictures, for what the generator looks at: gradients take long
_LOOKED_THROUGH = 8  # for the receptive field: not every unit is awake in every picture
_TITLES = {
    "psnr": "PSNR, dB",
    "rmse": "RMSE of 255",
    "l1": "L1 of 255",
    "ssim": "SSIM",
    "swd": "SWD",
    "fid": "FID",
    "kid": "KID",
    "seam": "seam",
    "sharpness": "sharpness",
}


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
    (folder / "evaluation.txt").write_text(text_table(content) + "\n")
    (folder / "evaluation.json").write_text(json.dumps(content, indent=2) + "\n")
    (folder / "evaluation.html").write_text(page)
    return content


def text_table(content: dict[str, Any]) -> str:
    """Lays figures out for a terminal.

    Args:
        content: As `compare.as_json` gives it.

    Returns:
        Lines of text.
    """
    lines = [f"{content['images']} images, {len(content['rejected'])} rejected"]
    for mask, part in content["masks"].items():
        lines += ["", *_lines(_spaced(mask), part), *_category_lines(part["categories"])]
    return "\n".join(lines)


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
            "rows": _rows(content["masks"][mask]),
            "titles": _titles(content["masks"][mask]),
            "lead": content["masks"][mask]["lead"],
            "categories": {
                name: {**values, "rows": _rows(values)}
                for name, values in content["masks"][mask]["categories"].items()
            },
            "sheets": _sheets(comparison, mask),
            "distance": _data_url(
                plots.error_by_distance(
                    {name: result.error_by_distance for name, result in results.items()}
                ),
                "svg+xml",
            ),
            "influence": _influence(model, canvases, mask, field),
        }
        for mask, results in comparison.results.items()
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["spaced"] = _spaced
    return environment.get_template("page.html").render(
        content=content, parts=parts, model_name=model_name, field=field
    )


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _rows(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {MODEL: part[MODEL], **part["baselines"]}


def _titles(part: dict[str, Any]) -> dict[str, str]:
    return {key: title for key, title in _TITLES.items() if key in part[MODEL]}


def _lines(name: str, part: dict[str, Any]) -> Iterator[str]:
    titles = _titles(part)
    yield f"{name:<16}" + "".join(f"{title:>13}" for title in titles.values())
    for way, values in _rows(part).items():
        yield f"{_spaced(way):<16}" + "".join(f"{values[key]:13.3f}" for key in titles)
    low, high = part[MODEL]["intervals"]["psnr"]
    yield f"  model's PSNR, 95 % of bootstrap samples: {low:.2f} to {high:.2f} dB"
    yield f"  above {_spaced(part['lead']['over'])}, the best fill by hand: {_lead(part)}"


def _category_lines(categories: dict[str, Any]) -> Iterator[str]:
    if categories:
        yield "  PSNR by category, and the model's lead over the best fill by hand"
    for name, part in categories.items():
        psnr = f"{part[MODEL]['psnr']:6.2f} dB"
        yield f"  {name:<24}{part['images']:>5} images {psnr}, {_lead(part)}"


def _lead(part: dict[str, Any]) -> str:
    low, high = part["lead"]["interval"]
    return f"{part['lead']['psnr']:+.2f} dB ({low:+.2f} to {high:+.2f})"


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
    # The model, further models if there are, and the one fill.
    for name in (*(name for name in guesses if name not in FILLS), features.FADE_FILL):
        guess: figures.Guess = guesses[name]
        columns[_spaced(name)] = guess(canvases)
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
