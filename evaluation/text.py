"""What a person reads of a comparison in a terminal, and how its figures are called."""

from collections.abc import Iterator
from typing import Any

from evaluation.compare import MODEL

_TITLES = {
    "psnr": "PSNR, dB",
    "rmse": "RMSE of 255",
    "l1": "L1 of 255",
    "ssim": "SSIM",
    "swd": "SWD",
    "frechet": "Fréchet",
    "kernel": "kernel",
    "fid": "FID",
    "kid": "KID",
    "seam": "seam",
    "sharpness": "sharpness",
    "chroma": "chroma",
    "weave": "weave",
}


def table(content: dict[str, Any]) -> str:
    """Lays figures out for a terminal.

    Args:
        content: As `compare.as_json` gives it.

    Returns:
        Lines of text.
    """
    lines = [f"{content['images']} images, {len(content['rejected'])} rejected"]
    if content["photographs"]:
        figures = content["photographs"]
        own = (f"{title} {figures[key]:.1f}" for key, title in _TITLES.items() if key in figures)
        lines.append(f"photographs against {against(content)}: {', '.join(own)}")
    for mask, part in content["masks"].items():
        lines += ["", *_lines(spaced(mask), part), *_category_lines(part["categories"])]
    return "\n".join(lines)


def against(content: dict[str, Any]) -> str:
    """Says which photographs guesses are held against by networks."""
    if content["reference"] is None:
        return "those of the other half"
    return f"{content['reference']} of the reference"


def spaced(name: str) -> str:
    """Writes a name for people."""
    return name.replace("_", " ")


def rows(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Gives the model and the baselines of a mask, by name."""
    return {MODEL: part[MODEL], **part["baselines"]}


def titles(part: dict[str, Any]) -> dict[str, str]:
    """Gives the figures that a mask has, and what to write above them."""
    return {key: title for key, title in _TITLES.items() if key in part[MODEL]}


def _lines(name: str, part: dict[str, Any]) -> Iterator[str]:
    shown = titles(part)
    yield f"{name:<16}" + "".join(f"{title:>11}" for title in shown.values())
    for way, values in rows(part).items():
        yield f"{spaced(way):<16}" + "".join(f"{values[key]:11.3f}" for key in shown)
    for way, values in rows(part).items():
        if "draws" in values:
            yield f"  {spaced(way)}, {drawn(values['draws'])}"
    low, high = part[MODEL]["intervals"]["psnr"]
    yield f"  model's PSNR, 95 % of bootstrap samples: {low:.2f} to {high:.2f} dB"
    yield f"  above {spaced(part['lead']['over'])}, the best fill by hand: {_lead(part)}"


def _category_lines(categories: dict[str, Any]) -> Iterator[str]:
    if categories:
        yield "  PSNR by category, and the model's lead over the best fill by hand"
    for name, part in categories.items():
        psnr = f"{part[MODEL]['psnr']:6.2f} dB"
        yield f"  {name:<24}{part['images']:>5} images {psnr}, {_lead(part)}"


def drawn(draws: dict[str, Any]) -> str:
    """Says what came of several seeds."""
    diversity = draws["diversity"]
    features_apart = "" if diversity is None else f", features {diversity:.3f}"
    return (
        f"{draws['seeds']} results for each of {draws['pictures']} pictures: layouts "
        f"{draws['layouts_apart']:.1f} of 255 apart{features_apart}; PSNR of one "
        f"{draws['psnr']:.2f}, of their mean {draws['psnr_of_mean']:.2f} dB"
    )


def _lead(part: dict[str, Any]) -> str:
    low, high = part["lead"]["interval"]
    return f"{part['lead']['psnr']:+.2f} dB ({low:+.2f} to {high:+.2f})"
