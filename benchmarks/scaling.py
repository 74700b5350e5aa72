"""What photographs cost, from a thousand to all of Places365: time and memory of each step.

    .venv/bin/python -m benchmarks.scaling PLACES [--images 1000 --images 5000] [--write-docs]

PLACES is a folder of tar archives. The first so many photographs of its first archive, and then all
that is there, go through the pipeline up to training, and through one epoch of batches, in
processes of their own. The last row is extrapolated, along the line through the smallest and the
largest set. Memory is the greatest resident set of the pipeline's process, and of the epoch's.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import click
import matplotlib as mpl
from rich.progress import Progress

from benchmarks import ingest_sets, input_memory

mpl.use("Agg")
from matplotlib import pyplot as plt

ALL = 1_803_460  # training photographs of Places365
_DOCS = Path(__file__).parents[1] / "docs"
_TABLE = re.compile(r"(?<=<!-- scaling benchmark -->\n).*?(?=<!-- end of scaling)", re.DOTALL)
_STEPS = ("ImageExampleGen", "StatisticsGen", "Transform")
_EPOCH = "an epoch of batches"


class Cost(NamedTuple):
    """Of a number of photographs."""

    images: int
    seconds: dict[str, float]  # by step
    peak_mib: dict[str, float]  # of the pipeline, and of the epoch


@click.command()
@click.argument("places", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--images", type=int, multiple=True, default=(1000, 5000), show_default=True)
@click.option("--write-docs", "docs", is_flag=True, help="Write table and plot to docs/scaling.md.")
def main(places: Path, images: tuple[int, ...], docs: bool) -> None:
    """Measure what the photographs of the archives in PLACES cost, step by step."""
    costs = []
    with Progress(transient=True) as progress:
        for number in progress.track((*sorted(images), 0), description="measuring"):
            with tempfile.TemporaryDirectory() as folder:
                data = _set(places, number, Path(folder, "set")) if number else places
                costs.append(_measured(data, Path(folder, "output")))
    text = table(costs)
    click.echo(text)
    if docs:
        file = _DOCS / "scaling.md"
        file.write_text(_TABLE.sub(lambda _: f"{text}\n", file.read_text()))
        draw(costs).savefig(_DOCS / "images" / "scaling.png", dpi=110)


def _set(places: Path, number: int, folder: Path) -> Path:
    photographs = ingest_sets.photographs(min(places.glob("*.tar")), number)
    return ingest_sets.store(photographs, folder)[1]


def _measured(data: Path, output: Path) -> Cost:
    code = "import sys; from benchmarks import scaling; scaling.print_cost(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(data), str(output)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def print_cost(data: str, output: str) -> None:
    """Measures one set and prints it as a line of JSON; in a process of its own.

    Args:
        data: The photographs.
        output: A folder.
    """
    no_limit = [
        word for split in ("train", "eval") for word in ("--set", f"data.{split}_images=null")
    ]
    printed = input_memory.run_to_training(data, Path(output), *no_limit)
    pipeline = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    seconds = {}
    for step in _STEPS:
        (told,) = re.findall(rf"{step} +([\d.]+) s +run", printed)
        seconds[step] = float(told)
    epoch = input_memory.one_epoch(*input_memory.made(Path(output)))
    seconds[_EPOCH] = epoch.seconds
    reading = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([epoch.images, seconds, {"pipeline": pipeline, "epoch": reading}]))


def at(images: int, costs: list[Cost], step: str) -> float:
    """Extrapolates along the line through the smallest and the largest set.

    Args:
        images: How many.
        costs: Measured, the smallest first.
        step: A key of their seconds.

    Returns:
        Seconds.
    """
    first, last = costs[0], costs[-1]
    each = (last.seconds[step] - first.seconds[step]) / (last.images - first.images)
    return last.seconds[step] + each * (images - last.images)


def table(costs: list[Cost]) -> str:
    """Lays the costs out in Markdown.

    Args:
        costs: Measured, the smallest first.

    Returns:
        A row for each, and one that is extrapolated.
    """
    steps = list(costs[0].seconds)
    lines = [f"| photographs learnt from | {' | '.join(steps)} | memory, pipeline / epoch |"]
    lines.append("|" + "---|" * (len(steps) + 2))
    for cost in costs:
        cells = [f"{cost.seconds[step]:.1f} s" for step in steps]
        memory = " / ".join(f"{each:.0f}" for each in cost.peak_mib.values())
        lines.append(f"| {cost.images:,} | {' | '.join(cells)} | {memory} MiB |")
    cells = [f"{at(ALL, costs, step) / 60:.0f} min" for step in steps]
    lines.append(f"| *{ALL:,}, extrapolated* | *{'* | *'.join(cells)}* | |")
    return "\n".join(lines)


def draw(costs: list[Cost]):
    """Plots time against images; broken lines lead to what is extrapolated.

    Args:
        costs: Measured, the smallest first.

    Returns:
        A matplotlib figure.
    """
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for step in costs[0].seconds:
        numbers = [cost.images for cost in costs]
        seconds = [cost.seconds[step] for cost in costs]
        (line,) = axes.plot(numbers, seconds, "o-", label=step)
        beyond = [numbers[-1], ALL], [seconds[-1], at(ALL, costs, step)]
        axes.plot(*beyond, ":", color=line.get_color())
    axes.set(xscale="log", yscale="log", xlabel="photographs", ylabel="seconds, two cores")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
