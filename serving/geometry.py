"""Where everything lies: from a picture's size and a request to exact canvases.

Pure functions; no pixel is touched here. A picture grows frame by frame, and a frame in as many
passes as it takes for each to hide little enough for the model.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from models.images import frames
from serving.errors import BadRequest, TooLarge
from serving.request import SIDES, Mode, Request, Side
from serving.settings import Settings

DEFAULT_SHARE = "25%"  # added or hidden on each side, where nothing is said
DEFAULT_PANORAMA = "50%"  # added by each step
DEFAULT_STEPS = 2
SHORTEST = Fraction(1, 2)  # of the squares that models learn from: a canvas's short side, at least
AGAIN = 4  # a pass imagines again a rim of the last one's, so wide to what it adds itself as 1 to
MAX_PASSES = 12  # of one frame; beyond, each hides more of a wider window


class Box(NamedTuple):
    """A rectangle of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom; the latter two are the first places outside."""
        return self.left, self.top, self.left + self.width, self.top + self.height


class Frame(NamedTuple):
    """A canvas, and where the picture before it lies in it, in pixels."""

    width: int
    height: int
    left: int
    top: int


class Plan(NamedTuple):
    """What becomes of a picture."""

    mode: Mode
    width: int  # of the result
    height: int
    left: int  # where the whole input lies in the result
    top: int
    known: Box  # what is kept of the input
    frames: tuple[Frame, ...]  # from the kept part outwards; the last is the result


class Growth(NamedTuple):
    """Pixels added on each side."""

    left: int
    right: int
    top: int
    bottom: int


def plan(
    width: int,
    height: int,
    request: Request,
    painted: bool = False,
    settings: Settings | None = None,
) -> Plan:
    """Plans what a request does to a picture.

    Args:
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        request: What is asked for.
        painted: Whether a mask of the area to imagine comes with it.
        settings: The limits of the result; None for the usual ones.

    Returns:
        The plan. Without frames if only what was painted is to be imagined.

    Raises:
        BadRequest: If the request is impossible for a picture of this size, or asks for nothing.
        TooLarge: If the result would be.
    """
    mode = request.mode_for(painted)
    if mode == "restore":
        return _restore(width, height, request, painted)
    frames = []
    left = top = 0
    for frame in _frames(mode, width, height, request):
        _check_limits(frame, settings or Settings())
        left, top = left + frame.left, top + frame.top
        frames.append(frame)
    if not frames and not painted:
        raise BadRequest(
            f"nothing to imagine: the picture of {width} x {height} pixels would not grow"
        )
    end = frames[-1] if frames else Frame(width, height, 0, 0)
    known = Box(0, 0, width, height)
    return Plan(mode, end.width, end.height, left, top, known, tuple(frames))


def passes(width: int, height: int, frame: Frame) -> list[Frame]:
    """Splits a frame into passes that each hide little enough on a side.

    That is as much as `frames` allows, on a canvas whose short side is SHORTEST to the model.

    Args:
        width: Of the picture before it, pixels.
        height: Likewise.
        frame: What it grows to.

    Returns:
        The passes, in order; at most MAX_PASSES, of which the last ends with the frame.
    """
    growth = growth_of(width, height, frame)
    number = 1
    while number < MAX_PASSES and not _fits(width, height, growth, number):
        number += 1
    result = []
    done = Growth(0, 0, 0, 0)
    for i in range(1, number + 1):
        now = Growth(*(side * i // number for side in growth))
        if now != done:
            canvas = (width + now.left + now.right, height + now.top + now.bottom)
            result.append(Frame(*canvas, now.left - done.left, now.top - done.top))
        done = now
    return result


def _fits(width: int, height: int, growth: Growth, number: int) -> bool:
    """Whether the first of so many equal passes, which has the smallest window, fits."""
    canvas = (
        width + Fraction(growth.left + growth.right, number),
        height + Fraction(growth.top + growth.bottom, number),
    )
    # Where there are several, a rim is hidden as well.
    hidden = Fraction(max(growth), number) * (1 + Fraction(number > 1, AGAIN))
    return hidden * SHORTEST <= frames.most_hidden(growth) * min(canvas)


def _check_limits(frame: Frame, settings: Settings) -> None:
    size = f"the result would be {frame.width} x {frame.height} pixels"
    if frame.width * frame.height > settings.max_output_pixels:
        most = f"{settings.max_output_pixels / 1e6:g} megapixels"
    elif max(frame.width, frame.height) > settings.max_side:
        most = f"{settings.max_side} pixels a side"
    else:
        return
    raise TooLarge(f"{size}, more than the {most} allowed; ask for less, or scale the picture down")


def growth_of(width: int, height: int, frame: Frame) -> Growth:
    """Says what a frame adds to the picture before it, of the size given in pixels."""
    right = frame.width - width - frame.left
    return Growth(frame.left, right, frame.top, frame.height - height - frame.top)


def rim(done: Growth, growth: Growth) -> Growth:
    """Decides how much of what was imagined before is imagined again.

    The outermost pixels of a canvas are the model's worst guess, and what is added next would
    continue them.

    Args:
        done: What was imagined on each side so far.
        growth: What is added now.

    Returns:
        Pixels on each side, none of the picture's own.
    """
    return Growth(*(min(old, new // AGAIN) for old, new in zip(done, growth, strict=True)))


def _restore(width: int, height: int, request: Request, painted: bool) -> Plan:
    lengths = request.lengths or ({} if painted else dict.fromkeys(SIDES, DEFAULT_SHARE))
    hidden = {side: int(_exact(lengths.get(side, "0"), width, height, side)) for side in SIDES}
    left, right, top, bottom = hidden.values()
    if left + right >= width or top + bottom >= height:
        raise BadRequest(
            f"restore would hide {left} + {right} of {width} pixels across and {top} + {bottom} of "
            f"{height} down; something must stay"
        )
    if not painted and not any(hidden.values()):
        raise BadRequest(f"nothing to imagine in a picture of {width} x {height} pixels")
    known = Box(left, top, width - left - right, height - top - bottom)
    frames = (Frame(width, height, left, top),) if any(hidden.values()) else ()
    return Plan("restore", width, height, 0, 0, known, frames)


def _frames(mode: Mode, width: int, height: int, request: Request) -> Iterator[Frame]:
    """The frames of the modes that grow, without those that would not."""
    size = (width, height)
    for lengths, base in _additions(mode, size, request):
        now = base or size
        added = [_pixels(lengths.get(side, "0"), *now, side) for side in SIDES]
        left, right, top, bottom = added
        if any(added):
            size = (size[0] + left + right, size[1] + top + bottom)
            yield Frame(*size, left, top)
    if request.ratio or request.size:
        target = _target(*size, request)
        if target != size:
            yield _anchored(*size, target, request.anchor or "center")


def _additions(
    mode: Mode, size: tuple[int, int], request: Request
) -> Iterator[tuple[dict[Side, str], tuple[int, int] | None]]:
    """What each frame adds, and of what size percents are; None for the size so far."""
    lengths = request.lengths
    everywhere = dict.fromkeys(SIDES, DEFAULT_SHARE)
    steps = request.steps or DEFAULT_STEPS
    if mode == "zoom-out":
        for _ in range(steps):
            yield lengths or everywhere, None
    elif mode == "panorama":
        for _ in range(steps):
            yield lengths or {request.towards: DEFAULT_PANORAMA}, size
    elif lengths or not (request.ratio or request.size):
        yield lengths or everywhere, None


def _exact(length: str, width: int, height: int, side: Side) -> Fraction:
    if length.endswith("%"):
        whole = width if side in ("left", "right") else height
        return Fraction(length[:-1].strip()) * whole / 100
    return Fraction(length.removesuffix("px").strip())


def _pixels(length: str, width: int, height: int, side: Side) -> int:
    """Rounded to the nearest, halves up, and at least 1 where anything is asked for."""
    exact = _exact(length, width, height, side)
    return max(1, int(exact + Fraction(1, 2))) if exact else 0


def _target(width: int, height: int, request: Request) -> tuple[int, int]:
    """The size to grow to."""
    if request.ratio:
        across, down = map(Fraction, request.ratio.split(":"))
        ratio = across / down
        return max(width, round(height * ratio)), max(height, round(width / ratio))
    target = tuple(map(int, (request.size or "").lower().split("x")))
    if target[0] < width or target[1] < height:
        raise BadRequest(
            f"size {request.size} is smaller than the picture, which has {width}x{height} pixels "
            f"and only grows"
        )
    return target[0], target[1]


def _anchored(width: int, height: int, target: tuple[int, int], anchor: str) -> Frame:
    across, down = target[0] - width, target[1] - height
    left = 0 if "left" in anchor else across if "right" in anchor else across // 2
    top = 0 if "top" in anchor else down if "bottom" in anchor else down // 2
    return Frame(*target, left, top)
