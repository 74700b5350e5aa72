"""How each way of closing the seam does, on photographs whose border is known.

    .venv/bin/python -m benchmarks.seam [--model output/serving] [FOLDER]

The outer sixth of each side is hidden and restored. PSNR is of the mean squared error over all
photographs: over what was hidden, and over its 8 pixels nearest to what was known.
"""

from pathlib import Path
from typing import get_args

import click
import cv2
import numpy as np

from serving.files import decoding
from serving.model.outpainter import Outpainter
from serving.request import Blend, Request
from serving.settings import Settings

_SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "val"
_SHARE = 6
_NEAR = 8  # pixels


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), default=_SAMPLE)
@click.option("--model", type=click.Path(exists=True, path_type=Path))
def main(folder: Path, model: Path | None) -> None:
    """Measure on the photographs of FOLDER."""
    outpainter = Outpainter(model) if model else Outpainter()
    photographs = [
        decoding.decode(file.read_bytes(), Settings()).pixels
        for file in sorted(folder.rglob("*.jpg"))
    ]
    click.echo(f"{len(photographs)} photographs\n| | hidden | at the seam |\n|---|---|---|")
    for blend in get_args(Blend):
        hidden, near = measure(outpainter, photographs, blend)
        click.echo(f"| {blend} | {hidden:.2f} | {near:.2f} |")


def measure(
    outpainter: Outpainter, photographs: list[np.ndarray], blend: Blend
) -> tuple[float, float]:
    """Restores photographs.

    Args:
        outpainter: Does it.
        photographs: uint8 [height, width, 3].
        blend: How the seam is closed.

    Returns:
        PSNR in dB, over what was hidden and over what of it is near the seam.
    """
    errors: tuple[list[np.ndarray], list[np.ndarray]] = [], []
    for photograph in photographs:
        height, width = photograph.shape[:2]
        down, across = height // _SHARE, width // _SHARE
        sides = {"left": across, "right": across, "top": down, "bottom": down}
        lengths = {side: f"{pixels}px" for side, pixels in sides.items()}
        request = Request.parse({"mode": "restore", "blend": blend, **lengths})
        squares = np.square(outpainter.outpaint(photograph, request) / 255.0 - photograph / 255.0)
        hidden = np.ones((height, width), np.uint8)
        hidden[down : height - down, across : width - across] = 0
        distance = cv2.distanceTransform(hidden, cv2.DIST_C, 3)
        errors[0].append(squares[distance > 0])
        errors[1].append(squares[(distance > 0) & (distance <= _NEAR)])
    over_all, near = (float(-10 * np.log10(np.mean(np.concatenate(part)))) for part in errors)
    return over_all, near


if __name__ == "__main__":
    main()
