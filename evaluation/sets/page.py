"""What a person reads of two sets: a table in text, and a page with plots and pictures."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import matplotlib as mpl
import numpy as np
import pandas as pd
from PIL import Image, ImageOps

mpl.use("Agg")
from matplotlib import pyplot as plt

from components.image_example_gen import duplicates
from evaluation.sets import drift, samples
from models import features

_SHOWN, _COLUMNS = 24, 8  # pictures of a set
_PAIRS = 16  # near-duplicates shown
_SIDE, _GAP = 128, 4  # pixels
_BINS, _CATEGORIES = 40, 30


class Comparison(NamedTuple):
    """Two sets and how they differ."""

    names: tuple[str, str]
    folders: tuple[Path, Path]
    train: tuple[samples.Sample, samples.Sample]
    differences: list[drift.Difference]
    shared: list[tuple[str, str]]  # paths of near-duplicates among the samples


def compare(
    names: tuple[str, str], folders: tuple[Path, Path], limit: int, threshold: float
) -> Comparison:
    """Compares two ingested sets.

    Args:
        names: What to call them.
        folders: As `samples.find_examples` gives them.
        limit: Look at so many images of a split at most.
        threshold: The difference that counts as one.

    Returns:
        All that is shown.
    """
    first, second = (samples.read(folder, features.TRAIN_SPLIT, limit) for folder in folders)
    evaluation = samples.read(folders[1], features.EVAL_SPLIT, limit)
    found = duplicates.pairs(
        *(duplicates.signatures(sample.thumbnails) for sample in (first, second))
    )
    paths = [sample.table[features.PATH].tolist() for sample in (first, second)]
    return Comparison(
        names,
        folders,
        (first, second),
        drift.compare(first.table, second.table, evaluation.table, threshold),
        [(paths[0][mine], paths[1][theirs]) for mine, theirs in found],
    )


def text(comparison: Comparison) -> str:
    """Tells what differs.

    Args:
        comparison: Two sets.

    Returns:
        A line a difference, the largest first.
    """
    shared = f"{len(comparison.shared)} near-duplicates among the images looked at"
    return f"{table(comparison.differences)}\n{shared}"


def table(differences: Sequence[drift.Difference]) -> str:
    """Writes differences as text.

    Args:
        differences: In the order in which they are told.

    Returns:
        A line a difference.
    """
    lines = [f"{'feature':<14}{'kind':<7}{'value':>7}  measure"]
    for each in differences:
        mark = f"  above {each.threshold:g}" if each.large else ""
        lines.append(f"{each.feature:<14}{each.kind:<7}{each.value:>7.3f}  {each.measure}{mark}")
    return "\n".join(lines)


def write(comparison: Comparison, folder: Path) -> Path:
    """Writes `compare.html`, which needs no other file.

    Args:
        comparison: Two sets.
        folder: Where to; made if it is not there.

    Returns:
        The page.
    """
    tables = [sample.table for sample in comparison.train]
    return render(
        folder / "compare.html",
        "sets.html",
        comparison=comparison,
        names=comparison.names,
        differences=comparison.differences,
        plots={name: plot(comparison.names, tables, name) for name in samples.NUMBERS},
        categories=_categories(comparison),
        sheets=[_random(comparison, which) for which in (0, 1)],
        shared=_shared(comparison),
    )


def render(file: Path, template: str, **shown: Any) -> Path:
    """Writes a page that needs no other file.

    Args:
        file: The page; its folder is made if it is not there.
        template: Its template's name.
        **shown: What the template shows.

    Returns:
        The page.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(environment.get_template(template).render(**shown))
    return file


def plot(names: Sequence[str], tables: Sequence[pd.DataFrame], column: str) -> str:
    """Draws how a figure is distributed in each of several sets.

    Args:
        names: Of the sets.
        tables: A row an image.
        column: The figure.

    Returns:
        A data URL of an SVG.
    """
    values = [table[column].to_numpy(float) for table in tables]
    edges = np.histogram_bin_edges(np.concatenate(values), _BINS)
    figure, axes = plt.subplots(figsize=(4, 2.4), layout="constrained")
    for label, each in zip(names, values, strict=True):
        weights = np.full(len(each), 1 / max(1, len(each)))
        axes.hist(each, edges.tolist(), weights=weights, histtype="step", label=label)
    axes.set(xlabel=column, ylabel="share of images")
    axes.legend(fontsize="x-small")
    return _svg(figure)


def _categories(comparison: Comparison) -> str:
    shares = pd.concat(
        [s.table[features.CATEGORY].value_counts(normalize=True) for s in comparison.train], axis=1
    ).fillna(0)
    shares.columns = pd.Index(comparison.names)
    change = (shares.iloc[:, 0] - shares.iloc[:, 1]).abs()
    shown = shares.loc[change.sort_values(ascending=False, kind="stable").index[:_CATEGORIES]]
    figure, axes = plt.subplots(figsize=(8, 1 + len(shown) / 5), layout="constrained")
    places = np.arange(len(shown))
    for number, name in enumerate(comparison.names):
        axes.barh(places + number * 0.4, shown.iloc[:, number], 0.4, label=name)
    axes.set_yticks(places + 0.2, [str(name) or "unknown" for name in shown.index], fontsize=6)
    axes.invert_yaxis()
    axes.set(xlabel="share of images")
    axes.legend(fontsize="x-small")
    return _svg(figure)


def _random(comparison: Comparison, which: int) -> str:
    paths = comparison.train[which].table[features.PATH]
    chosen = paths.sample(min(_SHOWN, len(paths)), random_state=0).tolist()
    found = samples.pictures(comparison.folders[which], features.TRAIN_SPLIT, chosen)
    return _sheet([found[path] for path in chosen], _COLUMNS)


def _shared(comparison: Comparison) -> str:
    pairs = comparison.shared[:_PAIRS]
    if not pairs:
        return ""
    found: list[Mapping[str, bytes]] = [
        samples.pictures(folder, features.TRAIN_SPLIT, paths)
        for folder, paths in zip(comparison.folders, zip(*pairs, strict=True), strict=True)
    ]
    return _sheet([found[n][path] for pair in pairs for n, path in enumerate(pair)], _COLUMNS)


def _sheet(pictures: Sequence[bytes], columns: int) -> str:
    step = _SIDE + _GAP
    sheet = Image.new("RGB", (columns * step, -(-len(pictures) // columns) * step), "white")
    for number, data in enumerate(pictures):
        with Image.open(io.BytesIO(data)) as image:
            tile = ImageOps.contain(image.convert("RGB"), (_SIDE, _SIDE))
        sheet.paste(tile, (number % columns * step, number // columns * step))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return _data_url(out.getvalue(), "jpeg")


def _svg(figure: plt.Figure) -> str:
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    return _data_url(out.getvalue(), "svg+xml")


def _data_url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
