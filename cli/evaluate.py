"""`outpaint evaluate`: how good a model is, against every fill by hand."""

import json
import os
import warnings
from pathlib import Path

import click

from cli.saved_model import model_option, newest_version
from pipeline.config import DataSettings


@click.command()
@model_option
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
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate(model: Path, data: tuple[str, ...], output: Path, images: int, as_json: bool) -> None:
    """Measure a model against every fill by hand.

    Writes a table as text, JSON, and a page with pictures. Some 0.4 MB of memory an image.
    """
    saved_model = newest_version(model)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["TF_USE_LEGACY_KERAS"] = "0"
    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("loading the model") as status:
        import tensorflow as tf

        from components.image_example_gen.images import Limits
        from evaluation import compare, page, pictures

        loaded = tf.saved_model.load(str(saved_model))
        settings = DataSettings()
        limits = Limits(
            settings.working_size, settings.min_side, settings.max_pixels, settings.max_bytes
        )
        status.update("reading pictures")
        try:
            found = pictures.load(data, images, limits)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        comparison = compare.compare(loaded, found, status.update)
        status.update("writing the page")
        content = compare.as_json(comparison)
        table = page.text_table(content)
        output.mkdir(parents=True, exist_ok=True)
        (output / "evaluation.html").write_text(page.html(comparison, loaded, str(saved_model)))
        (output / "evaluation.json").write_text(json.dumps(content, indent=2) + "\n")
        (output / "evaluation.txt").write_text(table + "\n")
    click.echo(json.dumps(content, indent=2) if as_json else table)
    console.print(f"page: {output / 'evaluation.html'}", highlight=False, soft_wrap=True)
