"""Draws the error of a training from its TensorBoard logs.

.venv/bin/python -m benchmarks.curves output/pipeline/Trainer/model_run/8 curves.png
"""

from pathlib import Path

import click

from evaluation import curves


@click.command()
@click.argument("logs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
def main(logs: Path, picture: Path) -> None:
    """Draw the mean squared error by batch, and on held-out pictures, of LOGS to PICTURE."""
    curves.draw(logs).savefig(picture, dpi=100)


if __name__ == "__main__":
    main()
