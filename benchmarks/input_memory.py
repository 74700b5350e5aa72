"""How much memory the training feed takes, with few images and with many.

    .venv/bin/python -m benchmarks.input_memory PLACES [--images 500 --images 24000]

Each number of images is read in a process of its own: ingested as the pipeline does, then one
epoch of batches, cache turned off. What is printed is the greatest resident memory of that
process over what it held before the first batch.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import click


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.option("--images", type=int, multiple=True, default=(500, 24000), show_default=True)
@click.option("--one", is_flag=True, hidden=True)
def main(data: str, images: tuple[int, ...], one: bool) -> None:
    """Measure the training feed's memory for numbers of IMAGES out of DATA."""
    for number in images:
        if one:
            measure(data, number)
        else:
            command = [sys.executable, "-m", "benchmarks.input_memory", data, "--one"]
            subprocess.run([*command, "--images", str(number)], check=True)


def measure(data: str, images: int) -> None:
    """Measures one number of images and prints a line.

    Args:
        data: A folder or archive of images.
        images: How many to read.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = one_epoch(*prepare(data, images, Path(folder)))
    click.echo(
        f"{told.images:>6} images: at most {told.halves[0]:.0f} MB over {told.before:.0f} in the "
        f"first half of the epoch, {told.halves[1]:.0f} MB in the second; "
        f"{told.images / told.seconds:.0f} images/s"
    )


class Epoch(NamedTuple):
    """What an epoch of batches took."""

    images: int
    seconds: float
    before: float  # MB that the process held before the first batch
    halves: tuple[float, float]  # MB over that, at most, in each half


def one_epoch(pattern: str, transform_graph: str) -> Epoch:
    """Reads all batches of an epoch, with nothing kept and nobody learning.

    Args:
        pattern: Of the training examples.
        transform_graph: Transform's.

    Returns:
        What it took.
    """
    from models.images import tfrecords
    from models.training.checkpoints import Position
    from models.training.feed import Options, TrainingFeed

    options = Options(
        batch_size=32,
        shuffle_images=2048,
        flip=True,
        crop=False,
        held_out_images=0,
        cache_bytes=0,
        seed=0,
    )
    transform = tfrecords.load_transform(transform_graph)
    feed = TrainingFeed([pattern], transform, (32, 32, 32, 32), options)
    before, started = resident_mb(), time.monotonic()
    halves = [0.0, 0.0]
    for number, _ in enumerate(feed.batches(0, Position("generator", 0, 0), 1)):
        half = 2 * number // feed.steps
        halves[half] = max(halves[half], resident_mb() - before)
    seconds = time.monotonic() - started
    return Epoch(feed.steps * 32, seconds, before, (halves[0], halves[1]))


def prepare(data: str, images: int, folder: Path) -> tuple[str, str]:
    """Ingests images and writes the transform graph, in a process that then ends.

    Args:
        data: A folder or archive of images.
        images: How many to read.
        folder: Where to.

    Returns:
        A pattern of the training examples, and the transform graph.
    """
    run_to_training(data, folder, "--set", f"data.train_images={images}")
    return made(folder)


def run_to_training(data: str, folder: Path, *arguments: str) -> str:
    """Runs the pipeline up to where training begins, and ends it there: no batch is so large.

    Args:
        data: A folder or archive of images.
        folder: Where to.
        *arguments: More of them.

    Returns:
        What it told of its steps.
    """
    command = [sys.executable, "local_runner.py", "--preset", "smoke", "--data", data]
    command += ["--output", str(folder), *arguments]
    command += ["--set", "training.batch_size=10000000", "--set", "training.held_out_images=0"]
    return subprocess.run(command, capture_output=True, text=True).stderr


def made(folder: Path) -> tuple[str, str]:
    """Finds what a run up to training made.

    Args:
        folder: Its output.

    Returns:
        A pattern of the training examples, and the transform graph.
    """
    (examples,) = (folder / "pipeline/ImageExampleGen/examples").glob("*/Split-train")
    (transform,) = (folder / "pipeline/Transform/transform_graph").iterdir()
    return str(examples / "*"), str(transform)


def resident_mb() -> float:
    """The memory this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
