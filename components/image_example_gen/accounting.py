"""What became of every file: counted, listed, and told in a line."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tfx.dsl.io import fileio

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import Ignored, printable

REJECTS_FILE = "rejects.csv"  # beside the splits: path, reason, detail
IGNORED_FILE = "ignored.csv"  # beside the splits: path, reason
SUMMARY_FILE = "summary.json"  # beside the splits: counts by split and by reason
LIMIT = "above the limit"  # a reason to ignore; counted, not listed
Summary = dict[str, dict[str, int]]


class IgnoredFiles:
    """Lists and counts ignored files, as they come."""

    def __init__(self, examples_uri: str):
        """Opens the list."""
        self.counts: Counter[str] = Counter()
        self._file = fileio.open(os.path.join(examples_uri, IGNORED_FILE), "wb")
        self._add("path", "reason")

    def __enter__(self) -> "IgnoredFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, ignored: Ignored) -> None:
        """Lists one more."""
        self.counts[ignored.reason] += 1
        self._add(ignored.path, ignored.reason)

    def _add(self, *row: str) -> None:
        self._file.write(_rows([row]))


def write(
    examples_uri: str,
    images: Mapping[str, int],
    rejects: Iterable[tuple[str, str, str]],
    ignored: Mapping[str, int],
) -> Summary:
    """Writes the list of rejects and the summary.

    Args:
        examples_uri: Where the examples lie.
        images: Images taken, by split.
        rejects: Path, reason and detail.
        ignored: Files ignored, by reason.

    Returns:
        The summary.
    """
    listed = list(rejects)
    rejected = Counter(reason for _, reason, _ in listed)
    summary = {"images": dict(images), "rejected": _by_count(rejected)}
    summary["ignored"] = _by_count(ignored)
    rows = _rows([("path", "reason", "detail"), *listed])
    for name, content in ((REJECTS_FILE, rows), (SUMMARY_FILE, json.dumps(summary).encode())):
        with fileio.open(os.path.join(examples_uri, name), "wb") as file:
            file.write(content)
    return summary


def read_summary(examples_uri: str) -> Summary:
    """Reads how many images an Examples artifact holds and how many files were not taken.

    Args:
        examples_uri: Where the artifact lies.

    Returns:
        `{"images": {split: n}, "rejected": {reason: n}, "ignored": {reason: n}}`.
    """
    with fileio.open(os.path.join(examples_uri, SUMMARY_FILE), "r") as file:
        return json.loads(file.read())


def describe(summary: Summary, examples_uri: str) -> str:
    """Tells a summary in a line, such as `3 images (2 train, 1 eval), 1 ignored (1 .mov)`.

    Args:
        summary: What was found.
        examples_uri: Where the lists are that it names.

    Returns:
        The line.
    """
    told = [f"{sum(summary[key].values()):,} {key}{_reasons(summary[key])}" for key in summary]
    lists = {"rejected": REJECTS_FILE, "ignored": IGNORED_FILE}
    files = [name for key, name in lists.items() if summary[key].keys() - {LIMIT}]
    line = ", ".join(told)
    if files:
        line += f", listed in {os.path.join(examples_uri, ' and '.join(files))}"
    if missing := sum(summary["ignored"].get(suffix, 0) for suffix in names.HEIC - names.IMAGES):
        line += f"; {missing} HEIC need the extra: pip install 'outpainting[heic]'"
    return line


def check(summary: Summary, data: Iterable[str]) -> None:
    """Refuses what nothing can be learnt from.

    Args:
        summary: What was found.
        data: The sources, to name them.

    Raises:
        ValueError: If a split is left without a usable image.
    """
    where = ", ".join(printable(source) for source in data)
    images, rejected, ignored = summary["images"], summary["rejected"], summary["ignored"]
    if not sum(images.values()):
        suffixes = ", ".join(sorted(names.IMAGES | {names.TAR, names.ZIP}))
        why = "there is no file"
        if rejected:
            why = f"all {sum(rejected.values())} were rejected{_reasons(rejected)}"
        elif ignored:
            why = f"no file ends in {suffixes}; ignored{_reasons(ignored)}"
        raise ValueError(f"no usable image in {where}: {why}")
    if not all(images.values()):
        raise ValueError(
            f"too few images in {where} to fill every split{_reasons(images)}: give more, or lay "
            "them out in train/ and val/"
        )


def _reasons(counts: Mapping[str, int]) -> str:
    found = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
    return f" ({found})" if found else ""


def _by_count(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _rows(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return printable(text.getvalue()).encode()
