"""Tables and pictures, as every kind of notebook shows them."""

import io
from collections.abc import Iterable, Sequence

import PIL.Image
from IPython.display import Image, Markdown
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

_QUALITY = 85


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markdown:
    """Makes a table. Numbers are set to the right.

    Args:
        header: Names of the columns.
        rows: As many cells each; a float has three digits.

    Returns:
        Markdown.
    """
    cells = [list(row) for row in rows]
    columns = zip(*cells, strict=True) if cells else [()] * len(header)
    rules = ["---:" if _is_numeric(column) else "---" for column in columns]
    lines = [header, rules, *cells]
    return Markdown("\n".join("| " + " | ".join(map(_text, line)) + " |" for line in lines))


def photograph(picture: PIL.Image.Image) -> Image:
    """Shows a picture of photographs.

    Args:
        picture: The picture.

    Returns:
        A JPEG.
    """
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=_QUALITY)
    return Image(content.getvalue(), format="jpeg")


def plot(figure: Figure) -> Image:
    """Shows a plot, and closes its figure.

    Args:
        figure: The plot.

    Returns:
        A PNG.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=80)
    plt.close(figure)
    return Image(content.getvalue(), format="png")


def _is_numeric(column: Sequence[object]) -> bool:
    try:
        return bool([float(str(cell)) for cell in column])
    except ValueError:
        return False


def _text(cell: object) -> str:
    text = f"{cell:.3f}" if isinstance(cell, float) else str(cell)
    return text.replace("|", "\\|").replace("\n", " ")
