"""`outpaint data drift`: whether pictures that are sent still look like those learnt from."""

import json
import warnings
from pathlib import Path

import click

from cli.data import differences
from models import runtime


@click.command()
@click.argument("run", type=differences.FOLDER)
@click.argument("requests", type=differences.FOLDER)
@differences.threshold
@click.option(
    "--least",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="Pictures without which nothing can be told.",
)
@differences.images
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for drift.html."
)
@click.option(
    "--webhook",
    envvar="OUTPAINT_WEBHOOK",
    show_envvar=True,
    help="A URL that is told of drift, as JSON whose `text` is a line for people.",
)
@differences.as_json
def drift(
    run: Path,
    requests: Path,
    threshold: float,
    least: int,
    images: int,
    output: Path | None,
    webhook: str | None,
    as_json: bool,
) -> None:
    """Compare what is sent to a server with what its model has learnt from.

    RUN is the output folder of the run, or a folder of examples; REQUESTS is the folder that
    `outpaint serve --samples` keeps figures in. Exits with 1 where a difference is above the
    threshold, with 2 where that cannot be told.
    """
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    from evaluation.sets import page, samples, served

    try:
        found = served.compare(samples.find_examples(run), requests, images, threshold, least)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        told = [each._asdict() | {"large": each.large} for each in found.differences]
        click.echo(json.dumps({"pictures": found.pictures, "differences": told}))
    else:
        click.echo(page.table(found.differences))
        click.echo(f"{found.pictures} pictures sent, {len(found.train)} training images")
    if output:
        click.echo(f"page: {served.write(found, output)}", err=True)
    large = [each for each in found.differences if each.large]
    if large and webhook:
        _tell(webhook, served.message(found, run.resolve().name))
    if large:
        raise click.exceptions.Exit(1)


def _tell(webhook: str, body: dict) -> None:
    from pipeline.cloud.step import notifying

    try:
        notifying.send(webhook, body)
    except SystemExit as error:
        raise click.ClickException(str(error)) from error
