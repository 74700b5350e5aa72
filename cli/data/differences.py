"""Options of the commands that tell how two sets of pictures differ."""

from pathlib import Path

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

threshold = click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="What counts as a difference, from 0 to 1.",
)

images = click.option(
    "--images",
    type=click.IntRange(1),
    default=5000,
    show_default=True,
    help="Look at so many ingested images of a split at most.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
