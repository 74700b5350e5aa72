"""Which of Beam's local runners a pipeline on one machine runs best by.

    .venv/bin/python -m benchmarks.runners PHOTOGRAPHS [--images 1000]

The pipeline runs up to where training begins, once by each way, in a process of its own.
"""

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

_LINE = re.compile(r"^  (\w+) +([\d.]+) s  run$", re.MULTILINE)
_NOT_MEASURED = ("--set", "training.batch_size=10000000", "--set", "training.held_out_images=0")
_RUNNERS: dict[str, tuple[str, ...]] = {
    "FnApiRunner": (),
    "FnApiRunner, 2 threads": ("--direct_running_mode=multi_threading", "--direct_num_workers=2"),
    "FnApiRunner, 2 processes": (
        "--direct_running_mode=multi_processing",
        "--direct_num_workers=2",
    ),
}


@click.command()
@click.argument("photographs", type=click.Path(exists=True))
@click.option("--images", type=click.IntRange(20), default=1000, show_default=True)
@click.option("--only", type=click.Choice([*_RUNNERS]), multiple=True)
def main(photographs: str, images: int, only: tuple[str, ...]) -> None:
    """Measure the data's components on PHOTOGRAPHS by each runner."""
    for name, arguments in _RUNNERS.items():
        if not only or name in only:
            _measure(name, arguments, photographs, images)


def _measure(name: str, arguments: tuple[str, ...], photographs: str, images: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "local_runner.py", "--preset", "smoke", "--data", photographs]
        command += ["--output", folder, *_NOT_MEASURED]
        command += ["--set", f"data.train_images={images}", "--set", f"data.eval_images={images}"]
        if arguments:
            command += ["--set", f"beam_args=[{','.join(arguments)}]"]
        started, before = time.monotonic(), _cpu()
        done = subprocess.run(command, capture_output=True, text=True, cwd=_root())
        wall, cpu = time.monotonic() - started, _cpu() - before
    seconds = dict(_LINE.findall(done.stdout + done.stderr))
    if "Transform" not in seconds:
        raise click.ClickException(f"{name}: {(done.stdout + done.stderr)[-2000:]}")
    told = ", ".join(f"{component} {spent}" for component, spent in seconds.items())
    click.echo(f"{name}: {wall:.0f} s, {cpu:.0f} s of CPU ({told})")


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _root() -> Path:
    return Path(__file__).parents[1]


if __name__ == "__main__":
    main()
