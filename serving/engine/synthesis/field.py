"""A scale's field: where each patch comes from, sought and put to use, round after round."""

import cv2
import numpy as np

from serving.engine.synthesis import kernels
from serving.engine.synthesis.scales import Scale
from serving.engine.synthesis.strips import Strips

FAR = 1 / 3  # of the short side: where a picture grows, a source had better be so far off
NEAR_WEIGHT = 500.0  # its target, or costs so many squared levels: no pattern of tiles
ROW_WEIGHT = 10000.0  # squared levels, for a source a whole height above or below its target
FADING = 1.6  # by which a patch's vote falls with each pixel from what is known: that leads
FARTHEST = 8.0  # pixels, beyond which it falls no more
_PASSES = 2  # of search, a round
_NEARBY = 4  # pixels
_SPARE = 65536  # sources to draw from, at most
_UNSURE = 0.75  # quantile of the costs, at which a patch's vote falls by e^-1/2


class Field:
    """The nearest-neighbour field of a scale, and the estimate that follows from it."""

    def __init__(
        self,
        scale: Scale,
        strips: Strips,
        seed: int,
        near_weight: float = NEAR_WEIGHT,
        penalty: np.ndarray | None = None,
    ):
        """Takes a scale; `begin` or `go_on_from` comes next.

        Args:
            scale: Its hidden pixels are written.
            strips: Who works.
            seed: Of everything random here.
            near_weight: What a source on its target costs, squared levels; less with distance.
            penalty: float32 of the scale's size, on sources, in squared levels; None for none.
        """
        self._scale, self._strips, self._seed = scale, strips, seed
        self._near_weight = np.float32(near_weight)
        height, width = scale.hidden.shape
        self.places = np.full((height, width), -1, np.int32)
        self.cost = np.zeros((height, width), np.float32)
        # Zeros that nobody writes take no memory.
        self._penalty = np.zeros((height, width), np.float32) if penalty is None else penalty
        known = np.flatnonzero(scale.source.any(axis=1))
        # The edge goes on beyond what is known, as the picture does.
        self._rows = np.arange(height, dtype=np.float32).clip(known[0], known[-1])
        sources = np.flatnonzero(scale.source)
        self._spare = sources[:: -(-len(sources) // _SPARE)].astype(np.int32)
        self._searches = 0

    def begin(self) -> None:
        """The first estimate: the colours of what is known nearest."""
        picture, hidden = self._scale.picture, self._scale.hidden
        _, nearest = cv2.distanceTransformWithLabels(
            hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        colours = np.zeros((nearest.max() + 1, 3), np.uint8)
        colours[nearest[hidden == 0]] = picture[hidden == 0]
        np.copyto(picture, colours[nearest], where=hidden[..., None] > 0)
        self._carry(np.full((1, 1), -1, np.int32), 0)

    def go_on_from(self, before: "Field") -> None:
        """The first estimate: what the coarser scale found, from this one's sources."""
        self._carry(before.places, before._scale.radius)
        self._vote(np.ones_like(self.cost))

    def _carry(self, places: np.ndarray, radius: int) -> None:
        scale = self._scale

        def strip(first: int, last: int) -> None:
            kernels.carry(
                places, scale.source, scale.target, self._spare, self.places,
                radius, self._seed, first, last,
            )  # fmt: skip

        self._strips.each(strip, len(scale.hidden))

    def improve(self) -> None:
        """One round: each patch looks for a better source, and all vote for their pixels."""
        for _ in range(_PASSES):
            self._search(max(self.cost.shape))
        self._vote(self._trust())

    def settle(self) -> None:
        """One round for a scale too large for more: a pass nearby, and equal votes."""
        self._search(_NEARBY)
        self.cost.fill(1)
        self._vote(self.cost)

    def _search(self, reach: int) -> None:
        scale, before = self._scale, self.places.copy()
        self._searches += 1
        backwards = self._searches % 2 == 0
        row_weight = np.float32(ROW_WEIGHT / len(scale.hidden) ** 2)
        far = np.float32(max(1.0, FAR * min(scale.hidden.shape)))
        seed = (self._seed * 1013 + self._searches) & 0x7FFFFFFF

        def strip(first: int, last: int) -> None:
            kernels.search(
                scale.picture, scale.source, scale.target, self._penalty, self._rows, row_weight,
                far, self._near_weight, self.places, before, self.cost, scale.radius, reach,
                seed, backwards, first, last,
            )  # fmt: skip

        self._strips.each(strip, len(scale.hidden))

    def _trust(self) -> np.ndarray:
        """How much each target's vote counts: by likeness, and by nearness to what is known."""
        costs = self.cost[self._scale.target > 0]
        scatter = max(float(np.quantile(costs, _UNSURE)), 1.0) if costs.size else 1.0
        trust = np.exp(self.cost / np.float32(-2 * scatter)) + np.float32(1e-6)
        away = cv2.distanceTransform(self._scale.hidden, cv2.DIST_L2, 5)
        weight: np.ndarray = trust * np.float32(FADING) ** -np.minimum(away, FARTHEST)
        return weight

    def _vote(self, weight: np.ndarray) -> None:
        scale = self._scale

        def strip(first: int, last: int) -> None:
            kernels.vote(
                scale.picture, scale.hidden, self.places, weight, scale.radius, first, last
            )

        self._strips.each(strip, len(scale.hidden))
