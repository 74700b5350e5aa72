"""What is hidden, made of what is known: the way in.

Coarse to fine, from a few pixels: at each scale a field says which patch of the known part lies
over each patch of the hidden one, and the patches vote for colours (Wexler et al., "Space-Time
Completion of Video", 2007; Barnes et al., "PatchMatch", 2009). What is known leads; the layout
chooses among several beginnings and sets the colours at large scale.
"""

from typing import NamedTuple

import numpy as np

from serving.engine import holes, scaling
from serving.engine.progress import Progress, ignored
from serving.engine.synthesis import scales, tone
from serving.engine.synthesis.field import NEAR_WEIGHT, Field
from serving.engine.synthesis.preferences import Preferences
from serving.engine.synthesis.scales import Level, Pyramid, Scale
from serving.engine.synthesis.strips import Strips

ROUNDS = (12, 8, 6, 4, 3, 2)  # of a scale, by octaves from the coarsest; the last for more
BEGINNINGS = 4  # that are tried
TRIED_TO = 100  # pixels, of the short side: the scale at which one of them is chosen
WHIM_AT_FIRST = 50.0  # squared levels: how far a seed's likes and dislikes lie apart, for seed 0
WHIM = 250.0  # for others: who asks for another picture wants to see a difference
FAITH = 0.5  # in the layout: squared levels off it, against those of a patch off its source


def synthesise(
    picture: np.ndarray,
    mask: np.ndarray,
    layout: np.ndarray,
    seed: int = 0,
    progress: Progress = ignored,
) -> np.ndarray:
    """Fills what is hidden with the picture's own texture, laid out as a model says.

    The same input and seed give the same bytes, however many threads there are.

    Args:
        picture: uint8 [height, width, 3], RGB; hidden pixels are not looked at.
        mask: bool [height, width], true where hidden.
        layout: uint8 [h, w, 3], of the whole canvas at any scale: what lies where.
        seed: 0 or more; another one, another picture.
        progress: Called with the share done.

    Returns:
        uint8 of the shape of `picture`, known pixels exactly as they were.

    Raises:
        ValueError: If everything is hidden.
    """
    if mask.all():
        raise ValueError("everything is hidden; there is nothing to copy from")
    if not mask.any():
        return picture.copy()
    with Strips() as strips:
        pyramid = Pyramid(picture, mask)
        # A hole is filled best by what surrounds it.
        near_weight = NEAR_WEIGHT if holes.known_rectangle(mask) else 0.0
        return _Synthesis(pyramid, layout, near_weight, strips, progress).run(seed)


class _State(NamedTuple):
    """How far it has come: a scale and its field."""

    scale: Scale
    field: Field


class _Synthesis:
    """One picture's."""

    def __init__(
        self,
        pyramid: Pyramid,
        layout: np.ndarray,
        near_weight: float,
        strips: Strips,
        progress: Progress,
    ):
        self._pyramid, self._layout, self._near_weight = pyramid, layout, near_weight
        self._strips, self._progress = strips, progress
        levels = self._pyramid.levels
        self._tried = [level for level in levels[:-1] if level.short_side <= TRIED_TO]
        self._rest = levels[len(self._tried) :]
        self._whole = sum(map(_work, self._rest)) + BEGINNINGS * sum(map(_work, self._tried))
        self._done = 0.0

    def run(self, seed: int) -> np.ndarray:
        """Gives the picture, whole."""
        state = self._best_beginning(seed) if self._tried else None
        for level in self._rest:
            state = self._finer(state, level, seed)
        assert state is not None  # the picture's own scale is always among the rest
        result = state.scale.picture
        tone.towards(self._layout, result, state.scale.hidden)
        self._progress(1.0)
        return result

    def _best_beginning(self, seed: int) -> _State:
        preferences = Preferences(self._pyramid)
        begun = []
        for number in range(BEGINNINGS):
            state = None
            own = seed * BEGINNINGS + number
            whim = WHIM if seed else WHIM_AT_FIRST
            for level in self._tried:
                state = self._finer(state, level, own, preferences.dislikes(level, own, whim))
            assert state is not None
            begun.append(state)
        return min(begun, key=self._badness)

    def _badness(self, state: _State) -> float:
        """By patches that do not fit, and colours that the layout would not have."""
        scale, field = state
        height, width = scale.hidden.shape
        layout = scaling.resized(self._layout, (width, height))
        apart = tone.low_difference(layout, scale.picture, scale.hidden)[scale.hidden > 0]
        return _mean(field.cost[scale.target > 0]) + FAITH * _mean(np.square(apart))

    def _finer(
        self, before: _State | None, level: Level, seed: int, dislikes: np.ndarray | None = None
    ) -> _State:
        scale = self._pyramid.scale(level)
        field = Field(scale, self._strips, seed, self._near_weight, dislikes)
        if before is None:
            field.begin()
        else:
            field.go_on_from(before.field)
        rounds = _rounds(level)
        for _ in range(rounds):
            if level.too_large:
                field.settle()
            else:
                field.improve()
            self._advance(_work(level) / rounds)
        return _State(scale, field)

    def _advance(self, work: float) -> None:
        self._done += work
        self._progress(min(1.0, self._done / self._whole))


def _mean(values: np.ndarray) -> float:
    """0 of none: what is hidden may be too thin for a coarse scale, or lie at its rim alone."""
    return float(values.mean()) if values.size else 0.0


def _rounds(level: Level) -> int:
    """How many a scale has: fewer, the finer it is; one, to which a field is only carried."""
    octave = round(max(0.0, float(np.log2(level.short_side / scales.SHORTEST))))
    return 1 if level.too_large else ROUNDS[min(octave, len(ROUNDS) - 1)]


def _work(level: Level) -> float:
    """How long a scale takes, as far as progress is concerned."""
    return level.width * level.height * _rounds(level)
