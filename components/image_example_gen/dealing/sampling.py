"""Which images are written: all, or of a split as many good ones as are wanted."""

from collections.abc import Mapping, Sequence

from components.image_example_gen.dealing import shards
from components.image_example_gen.discovery.entries import Entry


class Sample:
    """Takes images in rounds: the bad ones of a round are replaced in the next.

    Attributes:
        wanted: By split, how many images are to be taken still.
    """

    def __init__(self, entries: Sequence[Entry], limits: Mapping[str, int | None]):
        """Puts the images of each split in line.

        Args:
            entries: All images, each with a split.
            limits: Of each split, the greatest number of good images; None for all.
        """
        self.wanted: dict[str, int] = {}
        self._waiting: dict[str, list[Entry]] = {}
        for split, limit in limits.items():
            found = [entry for entry in entries if entry.split == split]
            self.wanted[split] = len(found) if limit is None else min(limit, len(found))
            subset = self.wanted[split] < len(found)
            self._waiting[split] = shards.ranked(found) if subset else found

    def take(self) -> dict[str, list[Entry]]:
        """Takes as many images of each split as are wanted."""
        taken = {}
        for split, wanted in self.wanted.items():
            taken[split] = self._waiting[split][:wanted]
            self._waiting[split] = self._waiting[split][wanted:]
            self.wanted[split] = 0
        return taken

    def replace(self, split: str, bad: int) -> None:
        """Wants others in place of bad ones, as far as there are any.

        Args:
            split: Their split.
            bad: How many were bad.
        """
        self.wanted[split] = min(self.wanted[split] + bad, len(self._waiting[split]))

    @property
    def left(self) -> int:
        """How many images are not needed."""
        return sum(map(len, self._waiting.values()))
