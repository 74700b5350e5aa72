"""What a person sees of work that takes long: a bar on a terminal, and lines anywhere."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


def make_progress() -> Progress:
    """Makes the bar of a download.

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


def make_steps() -> Progress:
    """Makes a bar of steps, on standard error: results go to standard output.

    Returns:
        The bar, which stays hidden where there is no terminal to draw it on, and goes when done.
    """
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<32}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def say(progress: Progress, text: str) -> None:
    """Prints a line above the bar, as it is.

    Args:
        progress: The bar, drawn or hidden.
        text: The line.
    """
    progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
