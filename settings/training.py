"""How the networks learn, and the search for how they learn best. Light to import."""

from typing import Literal

from pydantic import Field

from settings.strict import Settings


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
