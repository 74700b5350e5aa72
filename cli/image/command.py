"""`outpaint image`: pictures from the command line."""

import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import click

from cli.image import batch
from serving.errors import BadRequest
from serving.output import Output
from serving.request import (
    MAX_SEED,
    MAX_VARIANTS,
    SIDES,
    Anchor,
    Blend,
    Format,
    Mode,
    Request,
    Side,
    Synthesis,
)
from serving.settings import Settings

_INTERRUPTED = 130  # what a shell reports for a command ended by Ctrl-C


_OUTPUT = tuple(name for name in Output.model_fields if name != "format")


def _output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Makes an option of each setting of a result but its format."""
    for name in reversed(_OUTPUT):
        field = Output.model_fields[name]
        choices = get_args(field.annotation)
        kind = click.Choice(choices) if choices else field.annotation
        command = click.option(
            "--label/--no-label" if name == "label" else f"--{name}",
            type=kind,
            default=field.default,
            show_default=True,
            help=f"{(field.description or '').capitalize()}.",
        )(command)
    return command


@click.command(epilog="Exits with 0 if all went well, 1 if a picture failed, 2 if used wrongly.")
@click.argument("inputs", metavar="IN...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, help="A file, a folder, or - for standard output.")
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), help="Left out, it follows from what is given."
)
@click.option(
    "--extend",
    "sides",
    metavar="SIDE=LENGTH",
    multiple=True,
    help="How much to add (or with restore, hide): left, right, top, bottom or all, in pixels or "
    "percent, such as right=50%. May be repeated.",
)
@click.option("--ratio", help="Grow to width to height, such as 16:9.")
@click.option("--size", help="Grow to width x height in pixels, such as 1920x1080.")
@click.option(
    "--anchor", type=click.Choice(get_args(Anchor)), help="Where the picture lies in ratio or size."
)
@click.option("--steps", type=click.IntRange(1, 10), help="How often zoom-out and panorama add.")
@click.option("--side", type=click.Choice(get_args(Side)), help="Where a panorama grows.")
@click.option(
    "--blend",
    type=click.Choice(get_args(Blend)),
    default="feather",
    show_default=True,
    help="How the seam is closed.",
)
@click.option(
    "--synthesis",
    type=click.Choice(get_args(Synthesis)),
    default="exemplar",
    show_default=True,
    help="What is new is made of the picture's own texture, or is what the model says alone.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="Another one, another picture.  [default: 0]",
)
@click.option(
    "--variants",
    type=click.IntRange(1, MAX_VARIANTS),
    help="How many pictures to make of each, seed by seed: NAME-1, NAME-2 and so on.",
)
@click.option(
    "--mask",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A picture of the input's size: imagine what is light in it (or painted on transparent).",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["PNG", "JPEG", "WEBP"], case_sensitive=False),
    help="What to write.  [default: by the output's name, or png]",
)
@_output_options
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A SavedModel, or a serving folder.  [default: the one that comes with the package]",
)
@click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=128,
    show_default=True,
    help="Greatest result; inputs may have half of it.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that are there, but no input.")
@click.option("--skip-existing", is_flag=True, help="Leave out pictures whose result is there.")
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON.")
def image(
    inputs: tuple[str, ...],
    output: str,
    sides: tuple[str, ...],
    mask: Path | None,
    file_format: Format | None,
    model: Path | None,
    max_megapixels: float,
    overwrite: bool,
    skip_existing: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Outpaint pictures: go beyond their frame.

    IN is a file, a folder, a pattern such as 'photos/*.jpg', or - for standard input. What was in
    a picture stays as it was, bit for bit (in a PNG).

    With no more than this, a quarter is added on every side. The same picture, settings and seed
    give the same result.
    """
    how = {name: fields.pop(name) for name in _OUTPUT}
    if overwrite and skip_existing:
        raise click.UsageError("--overwrite and --skip-existing contradict each other")
    if as_json and output == batch.STREAM:
        raise click.UsageError("--json and the picture cannot both go to standard output")
    planned = batch.plan(inputs, output, file_format)
    try:
        request = Request.parse(fields | _lengths(sides))
        outputs = {kind: Output.parse({**how, "format": kind}) for _, _, kind in planned}
    except BadRequest as error:
        raise click.UsageError(str(error)) from error
    jobs = batch.variants(planned, request)
    settings = Settings(
        max_pixels=max(1, round(max_megapixels * 500_000)),
        max_output_pixels=max(1, round(max_megapixels * 1_000_000)),
        max_bytes=1_000_000_000,
    )
    warnings.simplefilter("ignore")  # Pillow's, of odd metadata
    results: list[dict[str, Any]] = []
    report: dict[str, Any] = {"model": None, "results": results}
    try:
        from rich.console import Console

        from cli.image import working
        from serving.files.isolation import Decoders

        console = Console(stderr=True)
        with Decoders(settings) as decoders:
            decoders.warm()  # while the model is loading
            painted = working.read_mask(mask, decoders)
            outpainter = working.load(model, settings, console)
            report["model"] = {"version": outpainter.version, "path": str(outpainter.path)}
            worker = working.Worker(outpainter, decoders, outputs, painted)
            worker.work(jobs, overwrite, skip_existing, console, results)
    except KeyboardInterrupt:
        click.echo("stopped; what was written stays", err=True)
        sys.exit(_INTERRUPTED)
    finally:
        if as_json and report["model"]:
            click.echo(json.dumps(report, indent=2))
    failed = sum("error" in result for result in results)
    if failed and len(results) > 1:
        click.echo(f"{failed} of {len(results)} pictures failed", err=True)
    sys.exit(1 if failed else 0)


def _lengths(sides: Sequence[str]) -> dict[str, str]:
    """`right=50%` and the like, as fields."""
    lengths: dict[str, str] = {}
    for side in sides:
        name, equals, length = side.partition("=")
        if not equals or name not in (*SIDES, "all"):
            raise click.UsageError(
                f"--extend {side}: write SIDE=LENGTH, such as right=50%; SIDE is one of "
                f"{', '.join(SIDES)} or all"
            )
        lengths |= dict.fromkeys(SIDES if name == "all" else [name], length)
    return lengths
