"""What a person gets at full size: photographs widened, beside other ways to do it.

    .venv/bin/python -m benchmarks.wide PHOTOGRAPHS [--patchmatch PYTHON] [--write-docs]

The left two thirds of each photograph are kept and the right third is imagined. Of the new third:
PSNR, from the mean over photographs of the mean squared error; chroma (`models.quality.colour`) and
sharpness, the mean squared difference of neighbours, both as shares of the truth's and as the
median over photographs. Of patches of 160 pixels, every 80, from 40 columns left of the seam to the
right edge, shrunk to 128: the Fréchet and the kernel distance to the same patches of the truth, as
`models.quality.perceptual` has them (the extra `perceptual`). Compare figures within one table.

PYTHON is an interpreter whose packages include `pypatchmatch` 2.2, which needs Python 3.11.
"""

import html
from collections.abc import Mapping
from pathlib import Path

import click
import cv2
import numpy as np

from benchmarks import pages, wide_fills
from benchmarks.wide_fills import seam
from models.images import patchmatch
from models.quality import perceptual
from models.quality.colour import brightness_and_chroma

_SIDE, _STRIDE, _SHRUNK = 160, 80, 128  # pixels, of a patch
_BEFORE = 40  # columns left of the seam, where patches begin


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", type=click.Path(exists=True), help="Left out, the package's own.")
@click.option("--patchmatch", "other_python", metavar="PYTHON", help="Measure PyPatchMatch, too.")
@click.option("--page", type=click.Path(path_type=Path), help="A folder for pictures side by side.")
@click.option("--write-docs", is_flag=True, help="Put the table into docs/serving.md.")
def main(
    photographs: Path,
    model: str | None,
    other_python: str | None,
    page: Path | None,
    write_docs: bool,
) -> None:
    """Measure on the JPEG files of the folder PHOTOGRAPHS."""
    truths = {path.stem: _read(path) for path in sorted(photographs.glob("*.jpg"))}
    try:
        python = patchmatch.interpreter(other_python)
    except patchmatch.PatchMatchError as error:
        raise click.ClickException(str(error)) from error
    fills = wide_fills.every(model, python)
    scores = Scores(truths)
    rows = [
        "| | Fréchet | kernel x 1000 | PSNR | chroma | sharpness | CPU s a picture |",
        "|---|---|---|---|---|---|---|",
    ]
    made: dict[str, dict[str, np.ndarray]] = {"the truth": truths}
    for name, fill in fills.items():
        results = {key: fill(*wide_fills.hidden_third(truth)) for key, truth in truths.items()}
        made[name] = {key: picture for key, (picture, _) in results.items()}
        seconds = np.mean([cpu for _, cpu in results.values()])
        rows.append(f"| {name} | {scores.of(made[name])} | {seconds:.1f} |")
        click.echo(rows[-1])
    if page:
        _write_page(page, made)
    if write_docs:
        pages.write("serving.md", "wide", "\n".join(rows))


def _read(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


class Scores:
    """Measures what was made of photographs against the truth."""

    def __init__(self, truths: Mapping[str, np.ndarray]):
        """Describes the truth."""
        self._network = perceptual.Perceptual()
        self._truths, self._true = truths, self._features(truths)

    def of(self, pictures: Mapping[str, np.ndarray]) -> str:
        """Gives the figures as cells of a table."""
        found = self._network.distances(self._true, self._features(pictures))
        errors, chromas, sharps = [], [], []
        for key, truth in self._truths.items():
            new, true = pictures[key][:, seam(truth) :], truth[:, seam(truth) :]
            errors.append(np.square(new.astype(float) - true).mean())
            chroma, real = (brightness_and_chroma(part)[1].mean() for part in (new, true))
            chromas.append(chroma / max(1.0, real))
            sharps.append(sharpness(new) / sharpness(true))
        cells = (
            *(f"{found[name]:.0f}" for name in perceptual.NAMES),
            f"{10 * np.log10(255**2 / np.mean(errors)):.2f}",
            f"{np.median(chromas):.2f}",
            f"{np.median(sharps):.2f}",
        )
        return " | ".join(cells)

    def _features(self, pictures: Mapping[str, np.ndarray]) -> np.ndarray:
        patches = np.stack([patch for picture in pictures.values() for patch in _patches(picture)])
        return self._network.features(patches.astype(np.float32) / 255)


def _patches(picture: np.ndarray) -> list[np.ndarray]:
    height, width = picture.shape[:2]
    return [
        cv2.resize(
            picture[top : top + _SIDE, left : left + _SIDE],
            (_SHRUNK, _SHRUNK),
            interpolation=cv2.INTER_AREA,
        )
        for top in range(0, height - _SIDE + 1, _STRIDE)
        for left in range(seam(picture) - _BEFORE, width - _SIDE + 1, _STRIDE)
    ]


def sharpness(picture: np.ndarray) -> float:
    """The mean squared difference of neighbours, both ways added, of a uint8 picture."""
    levels = picture.astype(float)
    return float(sum(np.square(np.diff(levels, axis=axis)).mean() for axis in (0, 1)))


def _write_page(folder: Path, made: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Pictures side by side: a photograph a row, a way to widen it a column."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for key in next(iter(made.values())):
        cells = []
        for number, (name, pictures) in enumerate(made.items()):
            file = f"{key}-{number}.png"
            cv2.imwrite(str(folder / file), cv2.cvtColor(pictures[key], cv2.COLOR_RGB2BGR))
            cells.append(f'<td><img src="{file}" width="480"><br>{html.escape(name)}</td>')
        rows.append(f"<tr><th>{html.escape(key)}</th>{''.join(cells)}</tr>")
    page = (
        f'<!doctype html><meta charset="utf-8"><title>Widened</title><table>{"".join(rows)}</table>'
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
