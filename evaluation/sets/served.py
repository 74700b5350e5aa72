"""Pictures that were sent to a server, beside the photographs that its model has learnt from."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from evaluation.sets import drift, page, samples
from models import features
from models.quality import looks

NAMES = ("learnt from", "sent")
_PAGE = "drift.html"


class Served(NamedTuple):
    """What was sent, and how it differs."""

    train: pd.DataFrame  # a row an image, looks.NAMES
    sent: pd.DataFrame  # likewise
    differences: list[drift.Difference]

    @property
    def pictures(self) -> int:
        """How many were sent."""
        return len(self.sent)


def read(folder: Path) -> pd.DataFrame:
    """Reads what `outpaint serve --samples` kept.

    Args:
        folder: Its folder.

    Returns:
        A row a picture, looks.NAMES.

    Raises:
        ValueError: If there is none, or a line is broken; an unfinished last one is left out.
    """
    rows = [row for file in sorted(folder.glob("*.jsonl")) for row in _rows(file)]
    if not rows:
        raise ValueError(f"{folder}: no samples; `outpaint serve --samples` keeps them")
    return pd.DataFrame(rows, columns=looks.NAMES)


def _rows(file: Path) -> list[list[float]]:
    found = []
    lines = file.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            found.append([float(told[name]) for name in looks.NAMES])
        except (KeyError, TypeError, ValueError) as error:
            if number == len(lines) and not line.endswith("\n"):
                break  # is being written
            raise ValueError(f"{file}, line {number}: not figures of a picture") from error
    return found


def compare(examples: Path, folder: Path, limit: int, threshold: float, least: int) -> Served:
    """Compares what was sent with what was learnt from.

    Args:
        examples: As `samples.find_examples` gives it.
        folder: What `read` takes.
        limit: Look at so many training images at most.
        threshold: The difference that counts as one.
        least: Pictures without which nothing can be told.

    Returns:
        All that is shown.

    Raises:
        ValueError: If fewer were sent, or none.
    """
    sent = read(folder)
    if len(sent) < least:
        raise ValueError(f"{folder}: {len(sent)} pictures, too few to tell; from {least} on it can")
    train = samples.read(examples, features.TRAIN_SPLIT, limit).table[[*looks.NAMES]]
    return Served(train, sent, drift.of_served(train, sent, threshold))


def message(served: Served, name: str) -> dict[str, Any]:
    """Says what differs, for a webhook.

    Args:
        served: What was compared.
        name: Of the run.

    Returns:
        What is sent. `text` is a line for people, by the name that chat programs look for.
    """
    large = {each.feature: each.value for each in served.differences if each.large}
    told = ", ".join(f"{feature} {value:.3f}" for feature, value in large.items())
    text = f"{name}: pictures that are sent differ from those learnt from: {told}"
    return {"text": text, "run": name, "pictures": served.pictures, "drift": large}


def write(served: Served, folder: Path) -> Path:
    """Writes `drift.html`, which needs no other file.

    Args:
        served: What was compared.
        folder: Where to; made if it is not there.

    Returns:
        The page.
    """
    tables = (served.train, served.sent)
    plots = {name: page.plot(NAMES, tables, name) for name in looks.NAMES}
    shown = {"served": served, "names": NAMES, "differences": served.differences, "plots": plots}
    return page.render(folder / _PAGE, "served.html", **shown)
