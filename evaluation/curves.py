"""Draws how a training went from its TensorBoard logs."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

mpl.use("Agg")
from matplotlib import pyplot as plt

from models import features

_INCHES = (7, 3.6)
_PHASES = ("generator", "gan")


def draw(logs: Path):
    """Draws the mean squared error of the phases that train the generator.

    Of each batch its own; dots are held-out pictures.

    Args:
        logs: A folder of TensorBoard's logs, with a folder a phase.

    Returns:
        A matplotlib figure.

    Raises:
        FileNotFoundError: If no such phase left logs there.
    """
    phases = [phase for phase in _PHASES if (logs / phase / "train").exists()]
    if not phases:
        raise FileNotFoundError(f"{logs}: no logs of the phases {', '.join(_PHASES)}")
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    start = 0
    for phase in phases:
        steps, values = read(logs / phase / "train", f"batch_{features.MSE}")
        (line,) = axes.plot(start + steps, values, label=f"{phase} phase")
        before, start = start, start + steps[-1]
        if (logs / phase / "validation").exists():
            tag = f"evaluation_{features.MSE}_vs_iterations"
            ends, errors = read(logs / phase / "validation", tag)
            axes.plot(before + ends, errors, "o", color=line.get_color(), label="  held out")
    axes.set(xlabel="batches", ylabel="mean squared error")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


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
