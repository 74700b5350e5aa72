"""The option that says which runs a command is about."""

from pathlib import Path

import click

output = click.option(
    "--output",
    default="output",
    show_default=True,
    envvar="OUTPAINTING_OUTPUT",
    type=click.Path(file_okay=False, path_type=Path),
    help="Output folder of the pipeline.",
)
