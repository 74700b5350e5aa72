"""How the networks learn, and the search for how they learn best. Light to import."""

from typing import Literal

from pydantic import Field, model_validator

from settings.strict import Settings


class PhaseSettings(Settings):
    """One training phase; 0 epochs leave it out."""

    epochs: int = Field(0, ge=0)
    image_steps: int | None = Field(
        None,
        ge=1,
        description="pictures seen, each time counted, in place of epochs; rounded up to these",
    )
    optimizer: Literal["adam", "muon"] = Field(
        "adam", description="muon learns more of each picture; it wants a rate of about 0.02"
    )
    learning_rate: float = Field(0.0004, gt=0)
    decay: Literal["none", "cosine"] = Field(
        "none",
        description="cosine raises the learning rate over the first 2 % of a phase, then lowers it "
        "to a twentieth",
    )
    betas: tuple[float, float] = Field((0.9, 0.999), description="of Adam")
    discriminator_rate: float = Field(
        1.0, gt=0, description="its learning rate, as a multiple of the phase's"
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="momentum of a mean of the weights, kept at the end",
    )
    batch_statistics: bool = Field(
        True, description="false holds the generator's BatchNorm averages still, as at use"
    )

    @property
    def runs(self) -> bool:
        """Whether there is anything to do in it."""
        return bool(self.epochs or self.image_steps)

    def epochs_of(self, images: int) -> int:
        """Says how many epochs the phase has.

        Args:
            images: Pictures that an epoch sees.

        Returns:
            So many that `image_steps` are reached, where they are given.
        """
        return self.epochs if self.image_steps is None else -(-self.image_steps // images)

    @model_validator(mode="after")
    def _has_one_budget(self) -> "PhaseSettings":
        if self.epochs and self.image_steps is not None:
            raise ValueError("epochs and image_steps: give one of them, 0 or null for the other")
        return self


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
        False,
        description="hide what people ask for, by the table in models/images/frames.py, and not "
        "only the mask's border",
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
    seed: int = Field(0, ge=0, le=2**31 - 2)


class TunerSettings(Settings):
    """The search for hyperparameters, which `--tune` turns on."""

    enabled: bool = False
    trials: int = Field(12, ge=1, description="combinations tried")
    steps: int = Field(64, ge=1, description="batches an epoch of a trial, at most")
    generator_epochs: int = Field(4, ge=0, description="of a trial")
    discriminator_epochs: int = Field(1, ge=0, description="of a trial")
    gan_epochs: int = Field(4, ge=0, description="of a trial")
