"""`outpaint export`: the model for other runtimes."""

import warnings
from pathlib import Path

import click

from cli.saved_model import model_option, newest_version
from models import runtime


@click.command()
@model_option
@click.option(
    "--format", "file_format", required=True, type=click.Choice(["tflite", "onnx"]), help="To what."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.  [default: outpainting.tflite or outpainting.onnx]",
)
def export(model: Path | None, file_format: str, output: Path | None) -> None:
    """Write the model as TensorFlow Lite or ONNX.

    The written model takes float32 `canvases` [n, 128, 128, 3] in 0-1 and `masks`
    [n, 128, 128, 1], 1 where a pixel is to be imagined, and gives `outpainted`. It is checked
    against the SavedModel to one level of 255.
    """
    saved_model = newest_version(model)
    output = output or Path(f"outpainting.{file_format}")
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    from models.export import convert

    try:
        difference = convert.convert(str(saved_model), file_format, output)
    except convert.ConversionError as error:
        raise click.ClickException(str(error)) from error
    size = output.stat().st_size / 1e6
    click.echo(
        f"{output}: {size:.1f} MB, from {saved_model}, "
        f"at most {difference * 255:.4f} of 255 levels off it"
    )
