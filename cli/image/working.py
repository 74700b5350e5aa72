"""What `outpaint image` does with its pictures, one after the other."""

import functools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from cli.image import batch
from cli.image.batch import Job
from serving.errors import NoModel, ServingError
from serving.files import decoding, encoding
from serving.model.outpainter import Outpainter
from serving.model.saved_model import PRETRAINED
from serving.request import Request
from serving.settings import Settings


def load(model: Path | None, settings: Settings, console: Console) -> Outpainter:
    """Loads the model.

    Args:
        model: A SavedModel or a serving folder; None for the one that comes with the package.
        settings: The limits.
        console: Where to say so.

    Returns:
        What outpaints.

    Raises:
        click.ClickException: If it cannot be loaded.
    """
    with console.status("loading the model"):
        try:
            return Outpainter(model or PRETRAINED, settings)
        except NoModel as error:
            raise click.ClickException(str(error)) from error


def read_mask(mask: Path | None, settings: Settings) -> np.ndarray | None:
    """Reads the area to imagine.

    Args:
        mask: A picture of it, or None.
        settings: The limits.

    Returns:
        bool [height, width], true where it is painted; None without a mask.

    Raises:
        click.ClickException: If it cannot be read.
    """
    if mask is None:
        return None
    try:
        return decoding.decode_mask(mask.read_bytes(), settings)
    except (ServingError, OSError) as error:
        raise click.ClickException(f"{mask}: {_told(error)}") from error


def work(
    jobs: Sequence[Job],
    outpainter: Outpainter,
    request: Request,
    mask: np.ndarray | None,
    overwrite: bool,
    console: Console,
    results: list[dict[str, Any]],
) -> None:
    """Outpaints pictures; one that fails is told, and the next one comes.

    Args:
        jobs: What to read and write.
        outpainter: The model.
        request: What is asked for.
        mask: bool [height, width], true where to imagine; None for nowhere.
        overwrite: Whether files that are there may be replaced.
        console: Where to show progress and tell of failures.
        results: Where to add what came of each picture, so that a stop loses nothing.
    """
    sources = {job.source.resolve() for job in jobs if job.source}
    written: set[Path] = set()
    with _bar(console) as bar:
        task = bar.add_task("", total=len(jobs))
        for number, job in enumerate(jobs):
            name = str(job.source or "standard input")
            bar.update(task, description=name)
            started = time.monotonic()
            result: dict[str, Any] = {"input": name}
            results.append(result)
            try:
                batch.check(job, sources, written, overwrite)
                progress = functools.partial(_advance, bar, task, number)
                picture = _outpainted(job, outpainter, request, mask, progress)
                _give_out(job, picture)
                result |= {"output": str(job.target or "standard output")}
                result |= {"width": picture.shape[1], "height": picture.shape[0]}
                written |= {job.target.resolve()} if job.target else set()
            except (ValueError, OSError) as error:
                result["error"] = _told(error)
                bar.console.print(
                    f"{name}: {result['error']}", markup=False, highlight=False, soft_wrap=True
                )
            result["seconds"] = round(time.monotonic() - started, 3)
            bar.update(task, completed=number + 1)


def _outpainted(
    job: Job,
    outpainter: Outpainter,
    request: Request,
    mask: np.ndarray | None,
    progress: Callable[[float], None],
) -> np.ndarray:
    most = outpainter.settings.max_bytes + 1
    if job.source:
        with job.source.open("rb") as file:
            data = file.read(most)
    else:
        data = sys.stdin.buffer.read(most)
    picture = decoding.decode(data, outpainter.settings)
    return outpainter.outpaint(picture, request, mask, progress)


def _give_out(job: Job, picture: np.ndarray) -> None:
    data = encoding.encode(picture, job.file_format)
    if job.target:
        batch.write(job.target, data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _advance(bar: Progress, task: TaskID, done: int, share: float) -> None:
    bar.update(task, completed=done + share)


def _told(error: Exception) -> str:
    """Without the name, which the line begins with."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
