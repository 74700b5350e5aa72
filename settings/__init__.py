"""Every setting: one typed, frozen, validated tree. A leaf: light, and all may import it."""

from settings.config import DEFAULT_PRESET, Config
from settings.loading import load, override, presets
from settings.strict import ConfigError

__all__ = ["DEFAULT_PRESET", "Config", "ConfigError", "load", "override", "presets"]
