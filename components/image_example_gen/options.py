"""What the component hands its driver and executor, as text: TFX keeps no other structure."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from components.image_example_gen.dealing.splits import By
from components.image_example_gen.images import Limits


class Options(NamedTuple):
    """Limits on images, how they are dealt, and what the cache must see."""

    limits: Limits
    shard_images: int
    buckets: Mapping[str, int]  # of so many images, how many go to each split, by hash
    images: Mapping[str, int | None]  # greatest number of images of each split
    split_by: By
    listings: str  # the folder that keeps the listing of the data
    code: str  # a hash of the source, so that the cache sees its changes

    def pack(self) -> str:
        """Writes the options as JSON."""
        return json.dumps(self._asdict() | {"limits": self.limits._asdict()})

    @classmethod
    def unpack(cls, text: str) -> "Options":
        """Reads what `pack` wrote."""
        given = json.loads(text)
        return cls(**(given | {"limits": Limits(**given["limits"])}))
