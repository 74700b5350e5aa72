"""What may be changed when a run is started, without compiling anew: a run's parameters.

The graph of components is fixed when a pipeline is compiled. Which photographs it reads, how long
and how fast it learns are no part of it, so the compiled file takes these from parameters, with
what was compiled as their defaults.
"""

import json
import shlex
from typing import Any

from models import features
from pipeline.cloud.step.checks import CannotRun
from settings import Config, ConfigError, override

DATA = "data"  # a parameter: a JSON list of folders and archives
SETTINGS = "settings"  # a parameter: words of the form that --set takes
LEARNERS = ("Trainer", "Tuner")  # whose settings it changes
_SECTIONS = ("training", "model")
# What other components were told, too.
_COMPILED = ("training.crop", "training.held_out_images")


def apply(invocation: dict[str, Any], inputs_spec: dict[str, Any]) -> None:
    """Changes what a component that learns is told, as the run's parameter says.

    Args:
        invocation: What the step is told; changed in place.
        inputs_spec: What it takes; changed in place, as the component itself knows no such
            parameter.

    Raises:
        CannotRun: If a setting is unknown, impossible, or fixed when the pipeline was compiled.
    """
    inputs_spec.get("parameters", {}).pop(SETTINGS, None)
    values = invocation.get("inputs", {}).get("parameterValues", {})
    if not (said := values.pop(SETTINGS, "")):
        return
    custom = json.loads(values["custom_config"])
    compiled = json.loads(custom[features.CONFIG_KEY])
    try:
        words = shlex.split(said)
        for word in words:
            _check(word.partition("=")[0])
        config = override(Config.model_validate(compiled), words)
    except (ConfigError, ValueError) as error:
        raise CannotRun(f"the run's parameter {SETTINGS}: {error}") from error
    custom[features.CONFIG_KEY] = config.model_dump_json(include=set(compiled))
    values["custom_config"] = json.dumps(custom)


def _check(name: str) -> None:
    if name.partition(".")[0] not in _SECTIONS or name in _COMPILED:
        raise ConfigError(
            f"{name} is fixed when the pipeline is compiled; a run may change "
            f"{' and '.join(f'{section}.*' for section in _SECTIONS)}, but for "
            f"{' and '.join(_COMPILED)}"
        )
