"""What a person sees of a download: a bar on a terminal, and lines anywhere."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


def make_progress() -> Progress:
    """Makes the bar.

    Returns:
        The bar, which stays hidden where there is no terminal to draw it on.
    """
    console = Console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def say(progress: Progress, text: str) -> None:
    """Prints a line above the bar, as it is.

    Args:
        progress: The bar, drawn or hidden.
        text: The line.
    """
    progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
