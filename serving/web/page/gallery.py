"""The photographs to try, and who made them."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ATTRIBUTION = "ATTRIBUTION.md"
_PATTERNS = ("*.jpg", "*.jpeg", "*.png", "*.webp")
_MOST = 12
# A row of the table in ATTRIBUTION.md: which files, title, author, licence.
_ROW = re.compile(
    r"^\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|", re.MULTILINE
)


class Photograph(NamedTuple):
    """One of them."""

    path: Path
    title: str
    author: str = ""
    licence: str = ""

    @property
    def name(self) -> str:
        """Of the file as it is served: by its content, so that an address never shows another."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()[:16]
        return f"{digest}{self.path.suffix.lower()}"


def photographs(folder: Path | None) -> list[Photograph]:
    """Finds what to show.

    Args:
        folder: Of photographs. With an ATTRIBUTION.md, one of each of its rows is shown, those
            first that no model trained on (`val/`); without, all are, up to a dozen.

    Returns:
        At most a dozen.
    """
    if folder is None:
        return []
    attribution = folder / ATTRIBUTION
    found = _attributed(folder, attribution) if attribution.is_file() else _plain(folder)
    return sorted(found, key=lambda photograph: "val" not in photograph.path.parts)[:_MOST]


def _attributed(folder: Path, attribution: Path) -> Iterator[Photograph]:
    for pattern, *credit in _ROW.findall(attribution.read_text(encoding="utf-8")):
        files = sorted(folder.glob(pattern)) if "/" in pattern else []
        if files:
            title, author, licence = credit
            yield Photograph(files[0], title[:1].upper() + title[1:], author, licence)


def _plain(folder: Path) -> Iterator[Photograph]:
    for path in sorted(path for pattern in _PATTERNS for path in folder.rglob(pattern)):
        yield Photograph(path, path.stem.replace("_", " "))
