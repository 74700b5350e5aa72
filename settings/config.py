"""Every setting: one typed, frozen, validated tree. Light to import, as a leaf must be.

Presets are YAML files beside this one; a preset names only what it changes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from settings.cloud import CloudSettings
from settings.strict import ConfigError
from settings.strict import Settings as _Settings
from settings.training import ModelSettings, TrainingSettings, TunerSettings

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
        str(Path(__file__).parents[1] / "pipeline" / "schema" / "schema.pbtxt"),
        description="curated schema",
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
