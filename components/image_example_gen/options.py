"""What the component hands its driver and executor, as text: TFX keeps no other structure."""

import json
import os
from collections.abc import Mapping
from typing import Literal, NamedTuple

from components.image_example_gen.dealing.shards import Sizes
from components.image_example_gen.dealing.splits import By
from components.image_example_gen.images import Limits

NearDuplicates = Literal["drop", "keep"]  # in training, of images to evaluate


class Options(NamedTuple):
    """Limits on images, how they are dealt, and what the cache must see."""

    limits: Limits
    sizes: Sizes
    buckets: Mapping[str, int]  # of so many images, how many go to each split, by hash
    images: Mapping[str, int | None]  # greatest number of images of each split
    split_by: By
    near_duplicates: NearDuplicates
    work: str  # the folder that keeps listings, indexes of archives and finished shards
    code: str  # a hash of the source, so that the cache sees its changes

    def pack(self) -> str:
        """Writes the options as JSON."""
        tuples = {"limits": self.limits._asdict(), "sizes": self.sizes._asdict()}
        return json.dumps(self._asdict() | tuples)

    @classmethod
    def unpack(cls, text: str) -> "Options":
        """Reads what `pack` wrote."""
        given = json.loads(text)
        tuples = {"limits": Limits(**given["limits"]), "sizes": Sizes(**given["sizes"])}
        return cls(**(given | tuples))

    @property
    def listings(self) -> str:
        """Where listings of the data are kept."""
        return os.path.join(self.work, "listings")

    @property
    def indexes(self) -> str:
        """Where indexes of archives are kept."""
        return os.path.join(self.work, "indexes")

    @property
    def shards(self) -> str:
        """Where finished shards are kept."""
        return os.path.join(self.work, "shards")
