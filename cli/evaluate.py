"""`outpaint evaluate`: how good a model is, against every fill by hand."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import click

from cli.saved_model import model_option, newest_version
from models import runtime
from settings.data import DataSettings


def _named_models(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, Path]:
    models = {}
    for value in values:
        name, _, folder = value.partition("=")
        if not re.fullmatch(r"[A-Za-z][\w.-]*", name) or not folder or not Path(folder).is_dir():
            raise click.BadParameter(f"{value!r}: write NAME=DIR, with a folder that is there")
        if name in models:
            raise click.BadParameter(f"two models are named {name}")
        models[name] = Path(folder)
    return models


@click.command()
@model_option
@click.option(
    "--compare",
    "others",
    multiple=True,
    metavar="NAME=DIR",
    callback=_named_models,
    help="Another model to put beside it; may be given several times.",
)
@click.option(
    "--data",
    required=True,
    multiple=True,
    type=click.Path(exists=True),
    help="Folder of photographs or .tar archive; may be given several times.",
)
@click.option(
    "--output",
    default="evaluation-output",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for evaluation.html, evaluation.json and evaluation.txt.",
)
@click.option(
    "--images", default=1000, show_default=True, type=click.IntRange(2), help="At most so many."
)
@click.option(
    "--reference",
    multiple=True,
    type=click.Path(exists=True),
    help="Folder or .tar archive of other photographs, as many at most, to hold guesses against "
    "by networks.  [default: each half of the pictures for the other half]",
)
@click.option("--fid", is_flag=True, help="Measure FID and KID, too; takes several times as long.")
@click.option(
    "--inception",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Weights of Keras's InceptionV3, for --fid.  [default: in Keras's cache]",
)
@click.option(
    "--patchmatch",
    metavar="PYTHON",
    help="An interpreter that has pypatchmatch, to put it beside.  [default: ours, if it has]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate(
    model: Path | None,
    others: dict[str, Path],
    data: tuple[str, ...],
    output: Path,
    images: int,
    reference: tuple[str, ...],
    fid: bool,
    inception: Path | None,
    patchmatch: str | None,
    as_json: bool,
) -> None:
    """Measure a model against every fill by hand.

    Writes a table as text, JSON, and a page with pictures. Some 2 MB of memory an image.
    """
    saved_model = newest_version(model)
    folders = {name: newest_version(folder) for name, folder in others.items()}
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    from cli.progress_bar import make_steps, say

    with make_steps() as progress:
        bar = progress.add_task("loading", total=None)

        def watch(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        python = _interpreter(patchmatch)
        networks, missing = _networks(inception, fid)
        if missing:
            say(progress, missing)
        loaded, further = _load(saved_model), {name: _load(path) for name, path in folders.items()}
        from evaluation import compare, page, text, ways

        clash = further.keys() & {compare.MODEL, *ways.BY_HAND}
        if clash:
            raise click.ClickException(f"--compare: {', '.join(clash)} is a name already taken")
        progress.update(bar, description="reading pictures")
        found = _pictures(data, images)
        against = _pictures(reference, images).canvases if reference else None
        try:
            comparison = compare.compare(loaded, found, further, networks, against, python, watch)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        progress.update(bar, description="writing the page")
        content = page.write(comparison, loaded, str(saved_model), output)
    click.echo(json.dumps(content, indent=2) if as_json else text.table(content))
    say(progress, f"page: {output / 'evaluation.html'}")


def _load(folder: Path) -> Any:
    import tensorflow as tf

    return tf.saved_model.load(str(folder))


def _networks(weights: Path | None, fid: bool) -> tuple[list[Any], str]:
    """What to see with, and what to say of what is not there."""
    from models.quality import inception, perceptual

    found: list[Any] = perceptual.networks()
    missing = "" if found else perceptual.MISSING
    if fid:
        try:
            found.append(inception.Inception(inception.find_weights(weights)))
        except inception.WeightsError as error:
            raise click.ClickException(str(error)) from error
    return found, missing


def _interpreter(python: str | None) -> str | None:
    from models.images import patchmatch

    try:
        return patchmatch.interpreter(python)
    except patchmatch.PatchMatchError as error:
        raise click.ClickException(str(error)) from error


def _pictures(data: tuple[str, ...], images: int) -> Any:
    from components.image_example_gen.images import Limits
    from evaluation import pictures

    limits = Limits(**DataSettings().model_dump(include=set(Limits._fields)))
    try:
        return pictures.load(data, images, limits)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
