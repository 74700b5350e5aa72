"""Presets and overrides to settings, with errors that say which setting, and where it stands.

Presets are YAML files in `presets/`; a preset names only what it changes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from settings.config import DEFAULT_PRESET, Config
from settings.strict import ConfigError

PRESETS_FOLDER = Path(__file__).parent / "presets"


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
    return _validate(values, overrides, str(path))


def override(config: Config, overrides: Iterable[str]) -> Config:
    """Changes single settings.

    Args:
        config: Every setting.
        overrides: As for `load`.

    Returns:
        The settings.

    Raises:
        ConfigError: As for `load`.
    """
    return _validate(config.model_dump(mode="json"), overrides, f"preset {config.preset}")


def _validate(values: dict[str, Any], overrides: Iterable[str], source: str) -> Config:
    origins = dict.fromkeys(_leaves(values), source)
    for said in overrides:
        key, equals, text = said.partition("=")
        if not equals:
            raise ConfigError(f"--set {said}: write it as section.setting=value")
        try:
            _assign(values, key.split("."), yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {said}: {text!r} is not YAML") from error
        origins[key] = f"--set {said}"
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(error, origins, source)) from error


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


def _explain(error: ValidationError, origins: Mapping[str, str], source: str) -> str:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        origin = next((origins[k] for k in (key, key.rpartition(".")[0]) if k in origins), source)
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
