"""`outpaint data compare`: how two ingested sets of photographs differ."""

import json
import warnings
from pathlib import Path

import click

from cli.data import differences
from models import runtime


@click.command()
@click.argument("a", type=differences.FOLDER)
@click.argument("b", type=differences.FOLDER)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("comparison"),
    show_default=True,
    help="Folder for compare.html.",
)
@differences.images
@differences.threshold
@differences.as_json
def compare(a: Path, b: Path, output: Path, images: int, threshold: float, as_json: bool) -> None:
    """Compare two ingested sets, A and B, and write a page with plots and pictures.

    Each is the output folder of a run, whose last examples are taken, or a folder of examples.
    Drift is from A to B, skew from training to evaluation within B. Exits with 1 where a
    difference is above the threshold, with 2 where a set is not there.
    """
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    from evaluation.sets import page, samples

    try:
        folders = samples.find_examples(a), samples.find_examples(b)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    found = page.compare((_name(a), _name(b)), folders, images, threshold)
    written = page.write(found, output)
    if as_json:
        differences = [each._asdict() | {"large": each.large} for each in found.differences]
        click.echo(json.dumps({"differences": differences, "near_duplicates": found.shared}))
    else:
        click.echo(page.text(found))
    click.echo(f"page: {written}", err=True)
    if any(each.large for each in found.differences):
        raise click.exceptions.Exit(1)


def _name(folder: Path) -> str:
    return folder.resolve().name
