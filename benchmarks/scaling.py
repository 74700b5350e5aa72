"""What photographs cost, from a thousand to all of Places365: time and memory of each step.

    .venv/bin/python -m benchmarks.scaling PLACES [--images 1000 --images 5000] [--write-docs]

PLACES is a folder of tar archives. The first so many photographs of its first archive, and then all
that is there, go through the pipeline up to training, and through one epoch of batches, in
processes of their own. Held-out photographs, which are few, go through a whole pipeline each time,
for what the Evaluator makes of them. The last row is extrapolated, along the line through the
smallest and the largest set. Memory is the greatest resident set of the pipeline's process, and of
the epoch's.
"""

import json
import os
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

from benchmarks import ingest_sets, input_memory, pages

mpl.use("Agg")
from matplotlib import pyplot as plt

ALL = 1_803_460  # training photographs of Places365
HELD_OUT = 36_500  # its validation photographs
_STEPS = ("ImageExampleGen", "StatisticsGen", "Transform")
_EPOCH = "an epoch of batches"
_EVALUATOR = "Evaluator"
# A training of some steps, whose model passes.
_LITTLE_TRAINING = (
    "data.train_images=64",
    "training.batch_size=16",
    "training.discriminator.epochs=0",
    "training.gan.epochs=0",
    "evaluation.min_psnr_gain=-100",
    "evaluation.max_seam=1000",
)


class Cost(NamedTuple):
    """Of a number of photographs."""

    images: int
    seconds: dict[str, float]  # by step
    peak_mib: dict[str, float]  # of the pipeline, and of the epoch


@click.command()
@click.argument("places", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--images", type=int, multiple=True, default=(1000, 5000), show_default=True)
@click.option("--held-out", type=int, multiple=True, default=(200, 1000), show_default=True)
@click.option("--write-docs", "docs", is_flag=True, help="Write table and plot to docs/scaling.md.")
def main(places: Path, images: tuple[int, ...], held_out: tuple[int, ...], docs: bool) -> None:
    """Measure what the photographs of the archives in PLACES cost, step by step."""
    costs = []
    with Progress(transient=True) as progress:
        for number in progress.track((*sorted(images), 0), description="measuring"):
            with tempfile.TemporaryDirectory() as folder:
                data = _set(places, number, Path(folder, "set")) if number else places
                costs.append(_measured(data, Path(folder, "output")))
        evaluated = [
            _evaluated(places, number)
            for number in progress.track(sorted(held_out), description="evaluating")
        ]
    tables = {
        "scaling": table(costs, "learnt from", ALL),
        "evaluation": table(evaluated, "held out", HELD_OUT),
    }
    click.echo("\n\n".join(tables.values()))
    if docs:
        for name, text in tables.items():
            pages.write("scaling.md", name, text)
        draw(costs).savefig(pages.DOCS / "images" / "scaling.png", dpi=110)


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


def _evaluated(places: Path, number: int) -> Cost:
    """What a whole pipeline takes to evaluate so many photographs."""
    said = [word for each in _LITTLE_TRAINING for word in ("--set", each)]
    command = [sys.executable, "local_runner.py", "--preset", "smoke", "--data", str(places)]
    with tempfile.TemporaryDirectory() as folder:
        command += ["--output", folder, *said, "--set", f"data.eval_images={number}"]
        # os.wait4 tells of this process alone: others of ours were larger.
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr
        printed = process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise click.ClickException(printed)
    seconds = {_EVALUATOR: _told(printed, _EVALUATOR)}
    return Cost(number, seconds, {"pipeline": used.ru_maxrss / 1024})


def _told(printed: str, step: str) -> float:
    (seconds,) = re.findall(rf"{step} +([\d.]+) s +run", printed)
    return float(seconds)


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
    seconds = {step: _told(printed, step) for step in _STEPS}
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


def table(costs: list[Cost], use: str, beyond: int) -> str:
    """Lays the costs out in Markdown.

    Args:
        costs: Measured, the smallest first.
        use: What the photographs are for.
        beyond: To how many the last row goes.

    Returns:
        A row for each, and one that is extrapolated.
    """
    steps = list(costs[0].seconds)
    memory = f"memory, {' / '.join(costs[0].peak_mib)}"
    lines = [f"| photographs {use} | {' | '.join(steps)} | {memory} |"]
    lines.append("|" + "---|" * (len(steps) + 2))
    for cost in costs:
        cells = [f"{cost.seconds[step]:.1f} s" for step in steps]
        memory = " / ".join(f"{each:.0f}" for each in cost.peak_mib.values())
        lines.append(f"| {cost.images:,} | {' | '.join(cells)} | {memory} MiB |")
    cells = [f"{at(beyond, costs, step) / 60:.0f} min" for step in steps]
    lines.append(f"| *{beyond:,}, extrapolated* | *{'* | *'.join(cells)}* | |")
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
