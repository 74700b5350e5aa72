"""Draws the error of a training from its TensorBoard logs.

.venv/bin/python -m benchmarks.curves output/pipeline/Trainer/model_run/8 curves.png
"""

from pathlib import Path

import click
import matplotlib as mpl
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

mpl.use("Agg")
from matplotlib import pyplot as plt

_PHASES = ("generator", "gan")


@click.command()
@click.argument("logs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
def main(logs: Path, picture: Path) -> None:
    """Draw the mean squared error by batch, and on held-out pictures, of LOGS to PICTURE.

    By batch it is the mean over the epoch so far, as Keras reports it.
    """
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    start = 0
    for phase in [phase for phase in _PHASES if (logs / phase).exists()]:
        steps, values = read(logs / phase / "train", "batch_mse")
        (line,) = axes.plot(start + steps, values, label=f"{phase} phase")
        start += steps[-1]
        if (logs / phase / "validation").exists():
            epochs, errors = read(logs / phase / "validation", "epoch_mse")
            ends = start - steps[-1] + (epochs + 1) * steps[-1] / len(epochs)
            axes.plot(ends, errors, "o", color=line.get_color(), label="  held out")
    axes.set(xlabel="batches", ylabel="mean squared error")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, dpi=100)


def read(folder: Path, tag: str) -> tuple[np.ndarray, np.ndarray]:
    """Reads a curve; where a training was resumed, the later figure of a step counts.

    Args:
        folder: Of TensorBoard's event files.
        tag: The figure's name.

    Returns:
        Steps in order, and values.
    """
    events = EventAccumulator(str(folder), {"tensors": 0}).Reload().Tensors(tag)
    by_step = {
        event.step: tensor_util.make_ndarray(event.tensor_proto).item()
        for event in sorted(events, key=lambda event: event.wall_time)
    }
    steps = sorted(by_step)
    return np.array(steps), np.array([by_step[step] for step in steps])


if __name__ == "__main__":
    main()
