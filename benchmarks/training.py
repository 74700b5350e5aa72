"""How fast a GAN step is, against the usual Keras loop, PyTorch and the machine's own limit.

    .venv/bin/python -m benchmarks.training [--batch 8 --batch 16] [--json FILE] [--write-docs]

All are measured in one run, in turns, so that a noisy machine is noisy for all of them; figures
are images a second at the median of the rounds, and what counts is their ratios.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import tensorflow as tf
from rich.progress import Progress

from benchmarks import pages, pytorch_step, report_loop
from benchmarks.arithmetic import gan_step_flops
from models import features
from models.images import masking
from models.networks import build
from models.training import devices, dispatch, loop
from models.training.checkpoints import Checkpoints, Position, Saver, Span
from models.training.watch import callbacks
from settings.model import ModelSettings
from settings.training import TrainingSettings

_GEMM = (8192, 2304, 256)  # the 256-filter layers as matrices: pixels, 3 x 3 x 256, filters

Step = Callable[[], None]


def batch_of(size: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Makes a batch of noise: what it shows does not change how long a step takes."""
    targets = np.random.default_rng(0).random((size, 128, 128, 3), np.float32)
    mask = masking.border_mask(masking.Border(32, 32, 32, 32))
    masks = np.broadcast_to(mask, (size, *mask.shape))
    return {features.MASKED: masking.hide(targets, masks).numpy(), features.MASK: masks}, targets


def our_step(size: int, precision: devices.Precision) -> Step:
    """Prepares one step of our third phase.

    Args:
        size: Images a batch.
        precision: `float32` or `bfloat16`.

    Returns:
        The step; each call trains once more.
    """
    with devices.precision(precision):
        both = build.build_networks(ModelSettings(), seed=0)
    model = loop.compiled(
        "gan", both, TrainingSettings(), steps=1, jit_compile=devices.jit_compile()
    )
    data = tf.data.Dataset.from_tensors(batch_of(size)).repeat()
    model.make_train_function()
    batches = iter(data)
    return lambda: model.train_function(batches)["loss"].numpy()


class _Feed:
    """Batches of noise, for ever; none held out."""

    held_out = None

    def __init__(self, size: int, steps: int):
        self.steps = steps
        self.data = tf.data.Dataset.from_tensors(batch_of(size)).repeat()

    def batches(self, salt: int, first: Position, epochs: int) -> tf.data.Dataset:
        return self.data


def loop_fraction(rounds: int, steps: int = 64) -> float:
    """Measures what the loop leaves of the speed of bare steps, callbacks included.

    Of the third phase at batch 1, where a step is shortest.

    Args:
        rounds: How often both are measured, in turns.
        steps: Of a round.

    Returns:
        Seconds of the bare steps, as a share of the loop's, at the median.
    """
    both = build.build_networks(ModelSettings(), seed=0)
    settings = TrainingSettings()
    model = loop.compiled("gan", both, settings, steps, jit_compile=devices.jit_compile())
    feed = _Feed(1, steps)
    _, pictures = batch_of(1)
    model.make_train_function()
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        watchers = callbacks.monitor(folder, tf.constant(pictures), masking.Border(32, 32, 32, 32))
        span = Span("gan", 1, steps, Position("gan", 0, 0))
        saver = Saver(Checkpoints(f"{folder}/state"), span, settings.checkpoint_seconds)
        listening = [*watchers(span, both.generator), saver]
        batches = iter(feed.data)
        for number in range(rounds + 1):
            bare = seconds_of(lambda: [model.train_function(batches) for _ in range(steps)])
            whole = seconds_of(
                lambda: loop.run_phase(model, feed, span, listening, dispatch.by_keras)
            )
            if number:
                shares.append(bare / whole)
    return round(statistics.median(shares), 3)


def gemm_rate() -> float:
    """Measures the matrix-multiply rate of this machine.

    Returns:
        Floating-point operations a second in float32.
    """
    rows, inner, columns = _GEMM
    matrices = tf.ones((rows, inner)), tf.ones((inner, columns))
    seconds = seconds_of(lambda: tf.matmul(*matrices).numpy())
    return 2 * rows * inner * columns / seconds


def seconds_of(step: Callable[[], object]) -> float:
    """Times one call."""
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def measure(sizes: tuple[int, ...], rounds: int) -> dict:
    """Measures everything, in turns.

    Args:
        sizes: Images a batch.
        rounds: How often each is measured.

    Returns:
        Figures by name, as `--json` writes them.
    """
    rows = [measure_size(size, rounds) for size in sizes]
    fraction = loop_fraction(rounds)
    best = max(rows, key=lambda row: row["float32"])
    fastest = max(best["float32"], best["bfloat16"] or 0)
    ratio = lambda a, b: round(a / b, 3) if a and b else None  # noqa: E731
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "devices": [device.device_type for device in tf.config.list_physical_devices()],
        "batches": rows,
        "loop_fraction": fraction,
        "vs_report_loop": ratio(fastest, best["report_loop"]),
        "vs_report_loop_float32": ratio(best["float32"], best["report_loop"]),
        "vs_pytorch": ratio(fastest, best["pytorch"]),
        "gemm_fraction_float32": ratio(best["float32"], best["gemm_limit"]),
        "bfloat16_speedup": ratio(best["bfloat16"], best["float32"]),
    }


def measure_size(size: int, rounds: int) -> dict:
    """Measures one batch size.

    Args:
        size: Images a batch.
        rounds: How often each is measured.

    Returns:
        Images a second by name; None for what is not to be had.
    """
    steps: dict[str, Step | None] = {
        "float32": our_step(size, "float32"),
        "bfloat16": our_step(size, "bfloat16") if devices.has_bfloat16() else None,
        "report_loop": report_loop.step(*batch_of(size)),
        "pytorch": pytorch_step.step(*batch_of(size)),
    }
    times: dict[str, list[float]] = {name: [] for name, step in steps.items() if step}
    gemm_rates = []
    with Progress(transient=True) as progress:
        for number in progress.track(range(rounds + 1), description=f"batch {size}"):
            gemm_rates.append(gemm_rate())
            for name in times:
                seconds = seconds_of(steps[name])  # type: ignore[arg-type]
                if number:  # the first also builds the graph
                    times[name].append(seconds)
    figures = {
        name: round(size / statistics.median(times[name]), 4) if name in times else None
        for name in steps
    }
    rate = statistics.median(gemm_rates)
    return {
        "batch": size,
        **figures,
        "gemm_limit": round(rate / gan_step_flops(), 4),
        "gemm_gflops": round(rate / 1e9, 1),
    }


def table(figures: dict) -> str:
    """Lays the figures out in Markdown."""
    names = ("batch", "float32", "bfloat16", "report_loop", "pytorch", "gemm_limit")
    titles = "| batch | ours, float32 | ours, bfloat16 | report's loop | PyTorch | GEMM limit |"
    lines = [titles, "|" + "---|" * len(names)]
    for row in figures["batches"]:
        cells = ("-" if row[name] is None else f"{row[name]:.4g}" for name in names)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Ratios at our best batch size:", ""]
    for name in (
        *("vs_report_loop", "vs_report_loop_float32", "vs_pytorch", "loop_fraction"),
        *("gemm_fraction_float32", "bfloat16_speedup"),
    ):
        value = figures[name]
        lines.append(f"* `{name}`: {'not to be had here' if value is None else value}")
    return "\n".join(lines)


@click.command()
@click.option("--batch", "sizes", type=int, multiple=True, default=(8, 16, 32), show_default=True)
@click.option("--rounds", default=5, show_default=True, help="How often each is measured.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
@click.option("--write-docs", "docs", is_flag=True, help="Write the table to docs/performance.md.")
def main(sizes: tuple[int, ...], rounds: int, file: Path | None, docs: bool) -> None:
    """Measure a GAN step against the usual Keras loop, PyTorch and the machine's limit."""
    figures = measure(sizes, rounds)
    text = table(figures)
    click.echo(text)
    if docs:
        pages.write("performance.md", "training", text)
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
