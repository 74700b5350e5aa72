"""What learns, and how: the networks, their training, and the search. Light to import."""

from typing import Literal

from pydantic import Field, model_validator

from settings.strict import Settings


class ModelSettings(Settings):
    """The networks."""

    generator: Literal["report", "unet"] = Field(
        "report", description="the report's, or a cheaper one that takes any mask"
    )
    detail: float = Field(
        0.0,
        ge=0,
        le=1,
        description="strength of the fine detail that is mirrored outwards from what is known, "
        "in the exported model and not in training; unet only",
    )
    discriminator: Literal["report", "patch"] = Field(
        "report", description="the report's, or one that judges patches by hinge loss"
    )
    stored: Literal["float32", "float16"] = Field(
        "float32",
        description="what the exported model keeps its weights in; it computes in float32",
    )
    start: str | None = Field(
        None,
        description="weights to start from: a SavedModel, or `pretrained` for those that ship; "
        "null for random ones",
    )
    dilation_rates: tuple[int, int, int, int, int] = Field(
        (1, 2, 4, 8, 1), description="1 to 8, of the report's five layers with 256 filters"
    )
    batch_norm_momentum: float = Field(0.99, ge=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> "ModelSettings":
        if self.detail and self.generator != "unet":
            raise ValueError("detail needs generator: unet")
        if not all(1 <= rate <= 8 for rate in self.dilation_rates):
            raise ValueError("dilation_rates must be from 1 to 8")
        return self


class PhaseSettings(Settings):
    """One training phase; 0 epochs leave it out."""

    epochs: int = Field(ge=0)
    optimizer: Literal["adam", "muon"] = Field(
        "adam", description="muon learns more of each picture; it wants a rate of about 0.02"
    )
    learning_rate: float = Field(0.0004, gt=0)
    decay: Literal["none", "cosine"] = Field(
        "none",
        description="cosine raises the learning rate over the first 2 % of a phase, then lowers it "
        "to a twentieth",
    )
    batch_statistics: bool = Field(
        True, description="false holds the generator's BatchNorm averages still, as at use"
    )


class TrainingSettings(Settings):
    """How the networks are trained."""

    batch_size: int = Field(32, ge=1)
    generator: PhaseSettings = PhaseSettings(epochs=200)
    discriminator: PhaseSettings = PhaseSettings(epochs=150)
    gan: PhaseSettings = PhaseSettings(epochs=220)
    adversarial_weight: float = Field(0.001, ge=0)
    clip_norm: float | None = Field(
        None, gt=0, description="gradients longer than this are shortened to it; null for never"
    )
    loss_region: Literal["hidden", "all"] = "all"
    held_out_images: int = Field(
        64, ge=0, description="of the train split, beside data.train_images, to choose the best by"
    )
    export: Literal["best", "last"] = Field(
        "best",
        description="best has the least error on held-out images in the last phase; the gan phase "
        "trades error for likeness, so that last may look better",
    )
    random_masks: bool = Field(
        False, description="hide any sides and rectangles of a picture, not only the mask's border"
    )
    flip: bool = Field(True, description="mirror half of the pictures")
    crop: bool = Field(False, description="cut a random square of 128 out of 144 pixels")
    cache_mb: int = Field(1024, ge=0, description="decoded pictures are kept if they fit")
    shuffle_images: int = Field(
        2048, ge=1, description="images the shuffle draws from if they do not"
    )
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    strategy: Literal["auto", "none", "mirrored", "tpu"] = "auto"
    deterministic: bool = Field(True, description="same seed, same weights; slower on a GPU")
    checkpoint_seconds: float = Field(120, ge=0, description="between two checkpoints")
    grid_images: int = Field(8, ge=1, description="pictures in TensorBoard's grid")
    seed: int = Field(0, ge=0)


class TunerSettings(Settings):
    """The search for hyperparameters, which `--tune` turns on."""

    enabled: bool = False
    trials: int = Field(12, ge=1, description="combinations tried")
    steps: int = Field(64, ge=1, description="batches an epoch of a trial, at most")
    generator_epochs: int = Field(4, ge=0, description="of a trial")
    discriminator_epochs: int = Field(1, ge=0, description="of a trial")
    gan_epochs: int = Field(4, ge=0, description="of a trial")
