"""What is known of the model: its version, and the card and figures beside its folder."""

import json
import logging
from pathlib import Path
from typing import Any

from serving.model.outpainter import Outpainter

CARD, METRICS = "MODEL_CARD.md", "metrics.json"
_LOG = logging.getLogger("outpaint")


def models(outpainter: Outpainter) -> dict[str, Any]:
    """What `GET /v1/models` tells.

    Args:
        outpainter: With the model in use.

    Returns:
        `models`: the versions in use; `metrics`: what `metrics.json` holds; `card`: the text of
        `MODEL_CARD.md`. The latter two are None without such a file.
    """
    text = _beside(outpainter.path, METRICS)
    metrics = None
    if text:
        try:
            metrics = json.loads(text)
        except ValueError:
            _LOG.warning("%s beside %s is no JSON", METRICS, outpainter.path)
    return {
        "models": [{"version": outpainter.version}],
        "metrics": metrics if isinstance(metrics, dict) else None,
        "card": _beside(outpainter.path, CARD),
    }


def _beside(version: Path, name: str) -> str | None:
    """A file in the version's folder, or else in the one that holds all versions."""
    for folder in (version, version.parent):
        try:
            return (folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            _LOG.warning("%s: %s", folder / name, error)
    return None


def comparisons(metrics: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Lays out, for the page, figures that `outpaint evaluate` wrote.

    Args:
        metrics: As `models` gives them.

    Returns:
        For each kind of mask, `title` and `rows` of (name, PSNR in dB, SSIM): the model first, then
        the fills by hand, best first. Empty where there are no such figures.
    """
    try:
        return [
            {"title": mask.replace("_", " "), "rows": _rows(part)}
            for mask, part in (metrics or {})["masks"].items()
        ]
    except (KeyError, TypeError, AttributeError, ValueError):
        return []


def _rows(part: dict[str, Any]) -> list[tuple[str, float, float]]:
    def row(name: str, values: dict[str, Any]) -> tuple[str, float, float]:
        return name.replace("_", " "), float(values["psnr"]), float(values["ssim"])

    fills = [row(name, values) for name, values in part["baselines"].items()]
    return [row("this model", part["model"]), *sorted(fills, key=lambda cells: -cells[1])]
