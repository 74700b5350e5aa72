"""How far the work is: a share from 0 to 1, told to whoever asked."""

from collections.abc import Callable, Sequence

Progress = Callable[[float], None]


def ignored(share: float) -> None:
    """Takes a share and does nothing with it."""


def parts(progress: Progress, efforts: Sequence[float]) -> list[Progress]:
    """Divides a piece of work.

    Args:
        progress: Told of the whole.
        efforts: Of each part; any unit.

    Returns:
        For each part, what is to be told of it.
    """
    total = sum(efforts)
    return [
        _part(progress, sum(efforts[:i]) / total, effort / total)
        for i, effort in enumerate(efforts)
    ]


def _part(progress: Progress, begin: float, length: float) -> Progress:
    return lambda share: progress(min(1.0, begin + length * share))
