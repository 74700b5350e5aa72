"""How `outpaint runs` looks in a terminal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from rich.console import Console
from rich.table import Table

from models import features
from pipeline.gate.figure_names import psnr_key
from pipeline.history import lineage_tree
from pipeline.history.lineage import Ancestor

_UNKNOWN = "-"
_WIDTH = 200  # where there is no terminal, so that a line is a run
_YES = {True: "yes", False: "no", None: _UNKNOWN}


def show_table(summaries: Sequence[Mapping[str, Any]]) -> None:
    """Prints a line a run.

    Args:
        summaries: As `pipeline.history.summaries.summarise` gives them.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("run", "started", "took", "preset", "data", "images", "code"):
        table.add_column(name, justify="right" if name in ("run", "took") else "left")
    for name in ("PSNR, dB", "best fill", "blessed", "pushed", "state"):
        table.add_column(name, justify="right" if name in ("PSNR, dB", "best fill") else "left")
    for summary in summaries:
        table.add_row(*_row(summary))
    _console().print(table)


def show_cloud_table(found: Sequence[Mapping[str, Any]]) -> None:
    """Prints a line a run in the cloud.

    Args:
        found: Each with `run`, `started`, `seconds`, `state` and `watch`.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("started", "took", "state", "run", "watch"):
        table.add_column(name, justify="right" if name == "took" else "left", no_wrap=True)
    for run in found:
        took = _duration(run["seconds"])
        table.add_row(_time(run["started"]), took, run["state"], run["run"], run["watch"])
    Console(width=max(_WIDTH, Console().width), soft_wrap=True).print(table)


def show_run(summary: Mapping[str, Any], traced: Ancestor | None) -> None:
    """Prints what is known of a run, and a lineage.

    Args:
        summary: As `pipeline.history.summaries.summarise` gives it.
        traced: What the run came to, if anything.
    """
    console = _console()
    for name, text in _facts(summary):
        console.print(f"{name:<12}{text}", highlight=False, soft_wrap=True, markup=False)
    if traced:
        console.print()
        console.print(lineage_tree.draw(traced))


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


def _row(summary: Mapping[str, Any]) -> list[str]:
    psnr = _psnr(summary)
    return [
        str(summary["run"]),
        _time(summary["started"]),
        _duration(summary["seconds"]),
        summary["preset"] or _UNKNOWN,
        ", ".join(PurePath(path).name for path in summary["data"] or ()) or _UNKNOWN,
        " + ".join(str(n) for n in (summary["images"] or {}).values()) or _UNKNOWN,
        summary["code"].get("Trainer", _UNKNOWN)[:8],
        _decibel(psnr.get("")),
        _decibel(max([value for fill, value in psnr.items() if fill], default=None)),
        _YES[summary["blessed"]],
        summary["version"] or _UNKNOWN,
        summary["state"],
    ]


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    settings = summary["settings"]
    by_state = defaultdict(list)
    for name, state in summary["components"].items():
        by_state[state.lower()].append(name)
    facts = [
        ("run", f"{summary['run']}, {_time(summary['started'])}, {summary['state']}"),
        ("took", _duration(summary["seconds"])),
        ("preset", summary["preset"] or _UNKNOWN),
        (
            "settings",
            lineage_tree.settings_text(settings, summary["preset"]) if settings else _UNKNOWN,
        ),
        *((state, ", ".join(names)) for state, names in by_state.items()),
    ]
    if psnr := _psnr(summary):
        ways = (f"{(fill or 'model').replace('_', ' ')} {_decibel(psnr[fill])}" for fill in psnr)
        facts.append(("PSNR, dB", ", ".join(ways)))
    return [*facts, ("blessed", _YES[summary["blessed"]]), ("pushed", summary["pushed"] or "no")]


def _psnr(summary: Mapping[str, Any]) -> dict[str, float]:
    """Of the model, under an empty name, and of the fills by hand."""
    keys = {fill: psnr_key(fill) for fill in ("", *features.FILLS)}
    metrics = summary["metrics"]
    return {fill: metrics[key] for fill, key in keys.items() if key in metrics}


def _decibel(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.2f}"


def _time(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
