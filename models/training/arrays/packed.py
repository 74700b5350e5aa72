"""The arrays: photographs in pieces, masks as bits, and weights to start from. Only NumPy.

`photographs-00000.npy`, ...: uint8 [n, 128, 128, 3]. `masks.npy`: uint8 [masks, 128, 16], eight
pixels a byte, 1 where hidden. `start/`: weights, as `models.training.weights` has them.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models import features
from models.training.checkpoints import Position

MASKS, START = "masks.npy", "start"
_PIECES = "photographs-*.npy"

Batch = tuple[dict[str, np.ndarray], np.ndarray]


def write_photographs(folder: Path, number: int, photographs: np.ndarray) -> None:
    """Writes a piece.

    Args:
        folder: Exists.
        number: Of the piece, from 0.
        photographs: uint8 [n, 128, 128, 3].
    """
    np.save(folder / _PIECES.replace("*", f"{number:05}"), photographs)


def write_masks(folder: Path, masks: np.ndarray) -> None:
    """Writes the masks.

    Args:
        folder: Exists.
        masks: float32 [n, 128, 128, 1], 1 where hidden.
    """
    np.save(folder / MASKS, np.packbits(masks[..., 0] == features.HIDDEN, axis=-1))


class ArrayFeed:
    """Batches for training, in an order that depends on seed, salt and epoch alone.

    Attributes:
        steps: Batches an epoch; pictures that do not fill a last one are left out of it.
        held_out: None: pictures to measure by stay with who packs.
    """

    held_out = None

    def __init__(self, folder: Path, batch_size: int, seed: int):
        """Opens the arrays; photographs are mapped, not read.

        Args:
            folder: As `models.training.arrays.pack` filled it.
            batch_size: Pictures a batch.
            seed: Of the order, the flips and which mask goes to which picture.

        Raises:
            ValueError: If there are no photographs, or they do not fill one batch.
        """
        self._pieces = [np.load(path, mmap_mode="r") for path in sorted(folder.glob(_PIECES))]
        if not self._pieces:
            raise ValueError(f"{folder}: no {_PIECES}")
        self._masks = np.load(folder / MASKS)
        self._ends = np.cumsum([len(piece) for piece in self._pieces])
        self._size, self._seed = batch_size, seed
        self.steps = int(self._ends[-1]) // batch_size
        if not self.steps:
            raise ValueError(f"{folder}: {self._ends[-1]} photographs do not fill a batch")

    def batches(self, salt: int, first: Position, epochs: int) -> Iterator[Batch]:
        """Reads from a position to the end of the epochs.

        Args:
            salt: Another one gives another order, other masks and flips.
            first: Epochs and steps to leave out.
            epochs: The end, counted from the very first.

        Yields:
            ({"masked", "mask"}, target), as `TrainingFeed.batches` gives them.
        """
        for epoch in range(first.epoch, epochs):
            random = np.random.default_rng([self._seed, salt, epoch])
            order = random.permutation(int(self._ends[-1]))
            masks = random.integers(len(self._masks), size=len(order))
            flips = random.random(len(order)) < 0.5
            for step in range(first.step if epoch == first.epoch else 0, self.steps):
                part = slice(step * self._size, (step + 1) * self._size)
                yield self._batch(order[part], masks[part], flips[part])

    def _batch(self, photographs: np.ndarray, masks: np.ndarray, flips: np.ndarray) -> Batch:
        pictures = np.stack([self._photograph(number) for number in photographs])
        pictures[flips] = pictures[flips, :, ::-1]
        targets = pictures.astype(np.float32) / 255
        hidden = np.unpackbits(self._masks[masks], axis=-1)[..., None].astype(np.float32)
        return {features.MASKED: targets * (1 - hidden), features.MASK: hidden}, targets

    def _photograph(self, number: int) -> np.ndarray:
        piece = int(np.searchsorted(self._ends, number, side="right"))
        start = self._ends[piece - 1] if piece else 0
        return self._pieces[piece][number - start]
