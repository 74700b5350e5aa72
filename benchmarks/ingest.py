"""How fast photographs are ingested, against the codec alone and against how others write them.

    .venv/bin/python -m benchmarks.ingest PLACES WIDE [--images 1000] [--many 12000] [--json FILE]

PLACES is a tar of photographs of 128 pixels, WIDE a folder of large ones. Each way runs in a
process of its own, first with a few images and then with all: the difference is what images take.
Rates are a second of CPU, which other work on the machine changes least; the speedup of two workers
is of wall time, from the first shard to the last, so that their start does not count: have the
machine to yourself for that.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.table import Table

from benchmarks import ingest_sets

_FEW = 40  # images of a run that tells what starting takes


class Way(NamedTuple):
    """A set of images and what writes it."""

    kind: str  # of images
    source: str  # `folder` or `tar`
    how: str  # a key of benchmarks.ingest_run.WAYS
    workers: int


@click.command()
@click.argument("places", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("wide", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--images", type=click.IntRange(1000), default=2000, show_default=True)
@click.option("--many", type=int, default=12000, show_default=True, help="0: leave out.")
@click.option("--kind", "kinds", type=click.Choice(("128", "256", "large")), multiple=True)
@click.option("--json", "report", type=click.Path(path_type=Path), help="Write the figures here.")
def main(
    places: Path, wide: Path, images: int, many: int, kinds: Sequence[str], report: Path | None
) -> None:
    """Measure the ingestion of photographs like those in the tar PLACES and the folder WIDE."""
    kinds = kinds or ("128", "256", "large")
    with tempfile.TemporaryDirectory() as folder:
        sets = _make(places, wide, images, kinds, Path(folder))
        ways = [way for kind in kinds for way in _ways(kind)]
        costs = {way: _cost(way, sets, Path(folder)) for way in ways}
    figures = _figures(costs)
    if many:
        figures["peak_mib_many"] = _run("ours", 1, places, limit=many)[0]["peak_mib"]
        figures["images_many"] = many
    _tell(costs)
    click.echo(json.dumps(figures, indent=2))
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n")


def _make(
    places: Path, wide: Path, images: int, kinds: Sequence[str], folder: Path
) -> dict[tuple[str, str, bool], Path]:
    """Sets by kind, source and whether they are whole."""
    sets = {}
    for kind in kinds:
        for whole in (True, False):
            number = images // (5 if kind == "large" else 1) if whole else _FEW
            made = ingest_sets.photographs(places, number)
            if kind == "256":
                made = ingest_sets.enlarged(made, 256)
            elif kind == "large":
                made = ingest_sets.cut(wide, number)
            loose, packed = ingest_sets.store(made, folder / f"{kind}-{number}")
            sets[kind, "folder", whole], sets[kind, "tar", whole] = loose, packed
    return sets


def _ways(kind: str) -> list[Way]:
    others = [Way(kind, "folder", "codec", os.cpu_count() or 1)]
    others += [Way(kind, "folder", "tfds", 1), Way(kind, "folder", "img2dataset", 2)]
    return [Way(kind, "folder", "ours", 1), *(Way(kind, "tar", "ours", n) for n in (1, 2)), *others]


def _cost(way: Way, sets: dict[tuple[str, str, bool], Path], folder: Path) -> dict[str, float]:
    """What the images take, and starting up apart."""
    data = [sets[way.kind, way.source, whole] for whole in (False, True)]
    few, all_ = _run(way.how, way.workers, *data)
    images = all_["images"] - few["images"]
    cpu, wall = all_["cpu"] - few["cpu"], all_["wall"] - few["wall"]
    rate = all_["rate"] or images / wall
    return {
        "images_per_cpu_second": images / cpu,
        "images_per_second": rate,
        "start_seconds": max(0, all_["wall"] - all_["images"] / rate),
        "peak_mib": all_["peak_mib"],
        "shards": all_["shards"],
    }


def _run(how: str, workers: int, *data: Path, limit: int = 0) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.ingest_run", how, str(workers), str(limit)]
    done = subprocess.run([*command, *map(str, data)], capture_output=True)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()[-len(data) :]]


def _figures(costs: dict[Way, dict[str, float]]) -> dict[str, float]:
    rates = {
        (way.kind, way.source, way.how, way.workers): cost["images_per_cpu_second"]
        for way, cost in costs.items()
    }
    cores = os.cpu_count() or 1
    figures: dict[str, float] = {}
    kinds = list(dict.fromkeys(way.kind for way in costs))
    for kind in kinds:
        ours, limit = rates[kind, "tar", "ours", 1], rates[kind, "folder", "codec", cores]
        for other in ("tfds", "img2dataset"):
            theirs = rates[kind, "folder", other, 1 if other == "tfds" else 2]
            figures[f"vs_{other}_{kind}"] = rates[kind, "folder", "ours", 1] / theirs
        what = "reencode" if kind == "large" else "pass_through"
        suffix = "_128" if kind == "128" else ""
        figures[f"{what}_per_core{suffix}"] = ours
        figures[f"{what}_fraction_of_codec{suffix}"] = ours / limit
        one, two = (costs[Way(kind, "tar", "ours", n)]["images_per_second"] for n in (1, 2))
        figures["two_worker_speedup" if kind == kinds[-1] else f"two_worker_speedup_{kind}"] = (
            two / one
        )
    ours_alone = [cost for way, cost in costs.items() if way.how == "ours"]
    figures["peak_mib"] = max(cost["peak_mib"] for cost in ours_alone)
    figures["least_shards_a_worker"] = min(
        cost["shards"] / way.workers for way, cost in costs.items() if way.how == "ours"
    )
    return figures


def _tell(costs: dict[Way, dict[str, float]]) -> None:
    table = Table("images", "from", "way", "workers", "a CPU second", "a second", "start s", "MiB")
    for way, cost in costs.items():
        # Beam's processes start within what is measured, and take more than so few images.
        starts = way.how == "ours" and way.workers > 1
        table.add_row(
            way.kind,
            way.source,
            way.how,
            str(way.workers),
            "" if starts else f"{cost['images_per_cpu_second']:,.0f}",
            f"{cost['images_per_second']:,.0f}",
            f"{cost['start_seconds']:.1f}",
            f"{cost['peak_mib']:,.0f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
