"""Which photographs, what they are held against, and what of them is hidden. Light to import."""

from typing import Literal

from pydantic import Field, model_validator

from settings.strict import Settings

LONGEST_SIDE = 65_500  # pixels; a JPEG has no more
IMAGE_SIZE = 128  # pixels; features.IMAGE_SIZE, repeated here for the leaf's sake and tested


class DataSettings(Settings):
    """Which images are taken and what they are made into."""

    train_images: int | None = Field(
        None, ge=1, description="at most so many to learn from; null for all"
    )
    eval_images: int | None = Field(None, ge=1, description="at most so many; null for all")
    eval_share: int = Field(6, ge=2, description="one image in so many is for evaluation")
    working_size: int = Field(256, ge=IMAGE_SIZE, description="greatest short side kept, pixels")
    split_by: Literal["auto", "folder", "image"] = Field(
        "auto",
        description="what is dealt whole where the data does not come split; auto: folders, where "
        "there are eval_share of them that are no categories",
    )
    near_duplicates: Literal["drop", "keep"] = Field(
        "drop", description="in training, of images to evaluate"
    )
    min_side: int = Field(32, ge=1, description="smallest short side taken, pixels")
    max_side: int = Field(
        LONGEST_SIDE, ge=1, le=LONGEST_SIDE, description="greatest long side taken, pixels"
    )
    max_pixels: int = Field(100_000_000, ge=1, description="greatest width x height taken")
    max_bytes: int = Field(256_000_000, ge=1, description="greatest file taken")
    max_memory: int = Field(
        600_000_000, ge=1, description="greatest memory that decoding one may take, bytes"
    )
    shard_mb: int = Field(128, ge=1, description="greatest size of a shard, about, MB")
    shards: int | None = Field(
        None,
        ge=1,
        description="at least so many of each split; null for 32 or, if that is more, 4 a worker, "
        "where there are 64 images for each",
    )


class ValidationSettings(Settings):
    """What the data is held against."""

    schema_file: str | None = Field(None, description="curated schema; null for the pipeline's own")


class MaskSettings(Settings):
    """How many pixels of 128 are hidden on each side."""

    left: int = Field(32, ge=0, lt=IMAGE_SIZE)
    right: int = Field(32, ge=0, lt=IMAGE_SIZE)
    top: int = Field(32, ge=0, lt=IMAGE_SIZE)
    bottom: int = Field(32, ge=0, lt=IMAGE_SIZE)

    @model_validator(mode="after")
    def _fits(self) -> "MaskSettings":
        if not any(self.border):
            raise ValueError("at least one side must be above 0")
        if self.left + self.right >= IMAGE_SIZE or self.top + self.bottom >= IMAGE_SIZE:
            raise ValueError(f"left + right and top + bottom must be below {IMAGE_SIZE}")
        return self

    @property
    def border(self) -> tuple[int, int, int, int]:
        """Pixels hidden left, right, top and bottom."""
        return self.left, self.right, self.top, self.bottom
