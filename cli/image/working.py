"""What `outpaint image` does with its pictures, one after the other."""

import base64
import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
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
from serving import geometry
from serving.errors import NoModel, ServingError
from serving.files import encoding
from serving.files.decoding import Picture
from serving.files.isolation import Decoders
from serving.model.outpainter import Outpainter
from serving.model.saved_model import PRETRAINED
from serving.output import Output, Reading
from serving.request import Format, Request
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


def read_mask(mask: Path | None, decoders: Decoders) -> np.ndarray | None:
    """Reads the area to imagine.

    Args:
        mask: A picture of it, or None.
        decoders: Read it.

    Returns:
        bool [height, width], true where it is painted; None without a mask.

    Raises:
        click.ClickException: If it cannot be read.
    """
    if mask is None:
        return None
    try:
        data = mask.read_bytes()
        width, height = decoders.size(data)
        return decoders.mask(data, width * height)
    except (ServingError, OSError) as error:
        raise click.ClickException(f"{batch.shown(mask)}: {_told(error)}") from error


class Worker:
    """Outpaints pictures, one after the other."""

    def __init__(
        self,
        outpainter: Outpainter,
        decoders: Decoders,
        outputs: Mapping[Format, Output],
        mask: np.ndarray | None,
    ) -> None:
        """Prepares.

        Args:
            outpainter: The model.
            decoders: Read files.
            outputs: How results are given out, by their format.
            mask: bool [height, width], true where to imagine; None for nowhere.
        """
        self._outpainter, self._decoders = outpainter, decoders
        self._outputs, self._mask = outputs, mask
        # Variants of a picture follow each other, and standard input can be read but once.
        self._read = functools.lru_cache(maxsize=1)(self._decoded)

    def work(
        self,
        jobs: Sequence[tuple[Job, Request]],
        overwrite: bool,
        skip_existing: bool,
        console: Console,
        results: list[dict[str, Any]],
    ) -> None:
        """Outpaints pictures; one that fails is told, and the next one comes.

        Args:
            jobs: What to read and write, and what is asked for it.
            overwrite: Whether files that are there may be replaced.
            skip_existing: Whether pictures whose result is there are left out.
            console: Where to show progress and tell of failures.
            results: Where to add what came of each picture, so that a stop loses nothing.
        """
        sources = {job.source.resolve() for job, _ in jobs if job.source}
        written: set[Path] = set()
        with _bar(console) as bar:
            task = bar.add_task("", total=len(jobs))
            for number, (job, request) in enumerate(jobs):
                name = batch.shown(job.source or "standard input")
                bar.update(task, description=name)
                started = time.monotonic()
                result: dict[str, Any] = _named("input", job.source or "standard input")
                results.append(result)
                try:
                    if skip_existing and job.target and job.target.exists():
                        result |= {**_named("output", job.target), "skipped": True}
                        continue
                    batch.check(job, sources, written, overwrite)
                    progress = functools.partial(_advance, bar, task, number)
                    result |= self._outpaint(job, request, progress)
                    written |= {job.target.resolve()} if job.target else set()
                    for note in result.get("notes", ()):
                        _say(bar, f"{name}: {note}")
                except (ValueError, OSError) as error:
                    result["error"] = _told(error)
                    _say(bar, f"{name}: {result['error']}")
                finally:
                    result["seconds"] = round(time.monotonic() - started, 3)
                    bar.update(task, completed=number + 1)

    def _decoded(self, source: Path | None, reading: Reading) -> Picture:
        most = self._outpainter.settings.max_bytes + 1
        if source:
            with source.open("rb") as file:
                data = file.read(most)
        else:
            data = sys.stdin.buffer.read(most)
        width, height = self._decoders.size(data)
        return self._decoders.picture(data, width * height, reading)

    def _outpaint(
        self, job: Job, request: Request, progress: Callable[[float], None]
    ) -> dict[str, Any]:
        output = self._outputs[job.file_format]
        picture = self._read(job.source, output.reading)
        area = picture.area
        if self._mask is not None:
            fits = area is not None and area.shape == self._mask.shape
            area = area | self._mask if fits else self._mask
        pixels = self._outpainter.outpaint(picture.pixels, request, area, progress)
        height, width = pixels.shape[:2]
        if output.layer == "new":
            size = picture.pixels.shape[1], picture.pixels.shape[0]
            limits = self._outpainter.settings
            plan = geometry.plan(*size, request, area is not None, limits)
            pixels = encoding.layer(pixels, plan, area)
        _give_out(job, encoding.encode(pixels, output, picture))
        result: dict[str, Any] = {**_named("output", job.target or "standard output")}
        result |= {"seed": request.seed or 0, "width": width, "height": height}
        return {**result, "notes": list(picture.notes)} if picture.notes else result


def _give_out(job: Job, data: bytes) -> None:
    if job.target:
        batch.write(job.target, data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _named(role: str, name: Path | str) -> dict[str, str]:
    """A file's name for the report; one that is no UTF-8 also as its bytes, in base64."""
    raw = os.fsencode(str(name))
    try:
        return {role: raw.decode()}
    except UnicodeDecodeError:
        return {role: batch.shown(name), f"{role}_base64": base64.b64encode(raw).decode()}


def _say(bar: Progress, text: str) -> None:
    bar.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _advance(bar: Progress, task: TaskID, done: int, share: float) -> None:
    bar.update(task, completed=done + share)


def _told(error: Exception) -> str:
    """Without the name, which the line begins with."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
