"""Every setting: one typed, frozen, validated tree. Light to import, as a leaf must be.

Presets are YAML files beside this one; a preset names only what it changes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from pipeline.cloud_settings import CloudSettings
from pipeline.strict import ConfigError
from pipeline.strict import Settings as _Settings

PRESETS_FOLDER = Path(__file__).parent / "presets"
DEFAULT_PRESET = "quality"
IMAGE_SIZE = 128  # pixels; features.IMAGE_SIZE, repeated here for the leaf's sake and tested


class DataSettings(_Settings):
    """Which images are taken and what they are made into."""

    train_images: int | None = Field(
        None, ge=1, description="at most so many to learn from; null for all"
    )
    eval_images: int | None = Field(None, ge=1, description="at most so many; null for all")
    eval_share: int = Field(6, ge=2, description="one image in so many is for evaluation")
    working_size: int = Field(256, ge=IMAGE_SIZE, description="greatest short side kept, pixels")
    min_side: int = Field(32, ge=1, description="smallest short side taken, pixels")
    max_pixels: int = Field(100_000_000, ge=1, description="greatest width x height taken")
    max_bytes: int = Field(256_000_000, ge=1, description="greatest file taken")
    shard_images: int = Field(1024, ge=1, description="images a shard")


class ValidationSettings(_Settings):
    """What the data is held against."""

    schema_file: str = Field(
        str(Path(__file__).parent / "schema" / "schema.pbtxt"), description="curated schema"
    )


class MaskSettings(_Settings):
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


DilationRate = Field(ge=1, le=8)


class ModelSettings(_Settings):
    """The networks."""

    generator: Literal["report", "unet"] = Field(
        "report", description="the report's, or a cheaper one that takes any mask"
    )
    detail: float = Field(
        0.0,
        ge=0,
        le=1,
        description="strength of the fine detail that is mirrored outwards from what is known, at "
        "use and not in training; unet only",
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


class PhaseSettings(_Settings):
    """One training phase; 0 epochs leave it out."""

    epochs: int = Field(ge=0)
    learning_rate: float = Field(0.0004, gt=0)
    decay: Literal["none", "cosine"] = Field(
        "none",
        description="cosine raises the learning rate over the first 2 % of a phase, then lowers it "
        "to a twentieth",
    )
    batch_statistics: bool = Field(
        True, description="false holds the generator's BatchNorm averages still, as at use"
    )


class TrainingSettings(_Settings):
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


class EvaluationSettings(_Settings):
    """What a model must reach to be blessed, and what is shown of it."""

    baseline: Literal["best_fill", "mean_fill", "replicate_fill", "reflect_fill", "fade_fill"] = (
        Field("best_fill", description="the fill by hand to beat on PSNR; best_fill: all of them")
    )
    min_psnr_gain: float = Field(0.0, description="dB above it; more than this is needed")
    max_psnr_loss: float = Field(0.0, ge=0, description="dB below the last blessed model")
    max_swd_rise: float = Field(
        0.0, ge=0, description="sliced Wasserstein distance (x 1000) above the last blessed model"
    )
    min_seam: float = Field(0.0, ge=0, description="step across the mask's edge, photographs' = 1")
    max_seam: float = Field(5.0, ge=0, description="likewise")
    category_floors: dict[str, float] = Field(
        {}, description="dB of PSNR that pictures of a scene category must reach, by its name"
    )
    baseline_model_uri: str | None = Field(
        None,
        min_length=1,
        description="SavedModel, or a Trainer's model, to hold against in place of the last "
        "blessed one; a path or URI",
    )
    swd_images: int = Field(
        500, ge=1, description="pictures the distance is of, at most; 1.5 MB of memory each"
    )
    page_images: int = Field(
        200, ge=0, description="pictures of evaluation.html, at most; 0 for no page"
    )

    @model_validator(mode="after")
    def _bounds(self) -> "EvaluationSettings":
        if self.min_seam > self.max_seam:
            raise ValueError("min_seam must not be above max_seam")
        return self


class TunerSettings(_Settings):
    """The search for hyperparameters, which `--tune` turns on."""

    enabled: bool = False
    trials: int = Field(12, ge=1, description="combinations tried")
    steps: int = Field(64, ge=1, description="batches an epoch of a trial, at most")
    generator_epochs: int = Field(4, ge=0, description="of a trial")
    discriminator_epochs: int = Field(1, ge=0, description="of a trial")
    gan_epochs: int = Field(4, ge=0, description="of a trial")


class Config(_Settings):
    """All settings of a pipeline."""

    name: str = Field("outpainting", pattern=r"^[a-z][a-z0-9-]{0,62}$")
    preset: str = DEFAULT_PRESET
    data: DataSettings = DataSettings()
    validation: ValidationSettings = ValidationSettings()
    mask: MaskSettings = MaskSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    tuner: TunerSettings = TunerSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    beam_args: tuple[str, ...] = Field((), description="pipeline options for Beam")
    cloud: CloudSettings = CloudSettings()


def presets() -> list[str]:
    """Names the presets there are."""
    return sorted(path.stem for path in PRESETS_FOLDER.glob("*.yaml"))


def load(preset: str = DEFAULT_PRESET, overrides: Iterable[str] = ()) -> Config:
    """Loads a preset and applies overrides.

    Args:
        preset: A name of `presets()`, or the path of a YAML file of the same form.
        overrides: `section.setting=value`, the value written as in YAML.

    Returns:
        The settings.

    Raises:
        ConfigError: If the preset or a setting is unknown or impossible. The message names
            the setting, where it stands and what is allowed.
    """
    path = Path(preset) if preset.endswith((".yaml", ".yml")) else _preset_path(preset)
    values = _read(path)
    values["preset"] = path.stem
    origins = {key: str(path) for key in _leaves(values)}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise ConfigError(f"--set {override}: write it as section.setting=value")
        try:
            _assign(values, key.split("."), yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override}: {text!r} is not YAML") from error
        origins[key] = f"--set {override}"
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(error, origins, path)) from error


def _preset_path(name: str) -> Path:
    path = PRESETS_FOLDER / f"{name}.yaml"
    if name not in presets():
        raise ConfigError(f"no preset {name!r}; there are {', '.join(presets())}")
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read as settings: {error}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: settings must be a mapping of sections")
    return values


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        yield f"{prefix}{key}"


def _assign(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            values[key] = inner = {}
        values = inner
    values[keys[-1]] = value


def _explain(error: ValidationError, origins: Mapping[str, str], path: Path) -> str:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        origin = next((origins[k] for k in (key, key.rpartition(".")[0]) if k in origins), path)
        if problem["type"] == "extra_forbidden":
            lines.append(f"{key}: no such setting ({origin}); {_allowed(problem['loc'][:-1])}")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{key}: {message}, not {problem['input']!r} ({origin})")
    return "\n".join(lines)


def _allowed(section: tuple[int | str, ...]) -> str:
    model: Any = Config
    for name in section:
        model = model.model_fields[name].annotation
    where = ".".join(str(name) for name in section) or "the top level"
    return f"{where} has {', '.join(model.model_fields)}"
