"""Says of a run what a person asks: on what, with what, how good, and what became of it."""

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from models import features
from pipeline.history import runs
from settings import Config, load, presets

_LAST = "Pusher"
_DONE = ("COMPLETE", "CACHED")


def summarise(run: runs.Run, under_way: bool = False) -> dict[str, Any]:
    """Summarises a run, as JSON.

    Args:
        run: The run.
        under_way: Whether a run is under way in the same folder, so that the newest may be it.

    Returns:
        `run` its number, `started` in UTC, `seconds` to its last change, `state`, `preset`,
        `settings`, `data`, `images` by split, `rejected` and `ignored` by reason, `code` hashes by
        component, `components` with their states, `metrics` by name, `blessed`, `pushed` the folder
        and `version` of the pushed model, `model` where the Trainer's lies. What is not known is
        null.
    """
    nodes = run.nodes.values()
    settings = _note(run, runs.SETTINGS_NOTE)
    counts = ingested(_output(run, "ImageExampleGen", "examples"))
    blessing = _output(run, "Evaluator", "blessing")
    pushed = _output(run, "Pusher", "pushed_model")
    model = _output(run, "Trainer", "model")
    started = run.context.create_time_since_epoch
    ended = max([node.execution.last_update_time_since_epoch for node in nodes], default=started)
    return {
        "run": run.number,
        "started": datetime.fromtimestamp(started / 1000, timezone.utc).isoformat(),
        "seconds": round((ended - started) / 1000, 1),
        "state": _state(run, under_way),
        "preset": preset(run),
        "settings": settings,
        "data": data(run),
        "images": counts and counts["images"],
        "rejected": counts and counts["rejected"],
        "ignored": counts and counts.get("ignored"),
        "code": {node.name: code for node in nodes if (code := _code(node))},
        "components": {node.name: node.state for node in nodes},
        "metrics": figures(_output(run, "Evaluator", "evaluation")),
        "blessed": blessing and flag(blessing, "blessed"),
        "pushed": pushed_to(pushed),
        "version": _text(pushed, "pushed_version"),
        "model": model and model.uri,
    }


def data(run: runs.Run) -> list[str] | None:
    """Reads which folders and archives a run was given.

    Args:
        run: The run.

    Returns:
        Their paths; None where it was not noted.
    """
    return _note(run, runs.DATA_NOTE)


def preset(run: runs.Run) -> str | None:
    """Reads which preset a run began with.

    Args:
        run: The run.

    Returns:
        Its name; None where it was not noted.
    """
    settings = _note(run, runs.SETTINGS_NOTE)
    return settings and settings.get("preset")


def flag(artifact: metadata_store_pb2.Artifact, name: str) -> bool:
    """Reads a yes or no that TFX keeps as a number.

    Args:
        artifact: The artifact.
        name: The property.

    Returns:
        Whether it is there and not 0.
    """
    return bool(artifact.custom_properties[name].int_value)


def pushed_to(pushed: metadata_store_pb2.Artifact | None) -> str | None:
    """Reads where a model was pushed.

    Args:
        pushed: The Pusher's artifact.

    Returns:
        The folder; None where nothing was pushed.
    """
    return _text(pushed, "pushed_destination")


def ingested(examples: metadata_store_pb2.Artifact | None) -> dict[str, dict[str, int]] | None:
    """Reads how many images an Examples artifact holds.

    Args:
        examples: The artifact.

    Returns:
        Counts by `images`, `rejected` and `ignored`, and split or reason; None where it does not
        say.
    """
    text = _text(examples, features.SUMMARY_PROPERTY)
    return json.loads(text) if text else None


def figures(evaluation: metadata_store_pb2.Artifact | None) -> dict[str, float]:
    """Reads what was noted of a model's quality.

    Args:
        evaluation: The Evaluator's artifact.

    Returns:
        Figures by name; empty where none were noted.
    """
    properties = evaluation.custom_properties if evaluation else {}
    return {
        name: value.double_value
        for name, value in sorted(properties.items())
        if value.HasField("double_value")
    }


def told(execution: metadata_store_pb2.Execution, name: str) -> str:
    """Reads what a component was told.

    Args:
        execution: The component's execution.
        name: A property whose value is text.

    Returns:
        The text; empty where there is none.
    """
    # LocalDagRunner keeps it in the former, InteractiveContext in the latter.
    return execution.custom_properties[name].string_value or execution.properties[name].string_value


def custom_config(execution: metadata_store_pb2.Execution) -> dict[str, Any]:
    """Reads what a component of ours was told beside the stock properties.

    Args:
        execution: The component's execution.

    Returns:
        Its custom config; empty where it has none.
    """
    return json.loads(told(execution, "custom_config") or "null") or {}


def changed(settings: Mapping[str, Any], preset: str | None = None) -> dict[str, Any]:
    """Picks the settings that are not what their preset says today.

    Args:
        settings: Of a run, or of some sections.
        preset: The preset they began with; where there is none of that name, defaults count.

    Returns:
        Values by name, such as `training.batch_size`.
    """
    base = load(preset) if preset in presets() else Config()
    defaults = _flat(base.model_dump(mode="json"))
    return {
        name: value
        for name, value in _flat(settings).items()
        if name != "preset" and (name not in defaults or defaults[name] != value)
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= (
            _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
        )
    return flat


def _state(run: runs.Run, under_way: bool) -> str:
    for node in run.nodes.values():
        if node.state in _DONE:
            continue
        if node.state == "FAILED":
            return f"failed in {node.name}"
        return f"{'running' if under_way else 'stopped in'} {node.name}"
    if _LAST in run.nodes:
        return "complete"
    last = next(reversed(run.nodes), "set-up")
    return "running" if under_way else f"stopped after {last}"


def _code(node: runs.Node) -> str | None:
    return custom_config(node.execution).get("code")


def _text(artifact: metadata_store_pb2.Artifact | None, name: str) -> str | None:
    return (artifact and artifact.custom_properties[name].string_value) or None


def _note(run: runs.Run, key: str) -> Any:
    text = run.context.custom_properties[key].string_value
    return json.loads(text) if text else None


def _output(run: runs.Run, name: str, key: str) -> metadata_store_pb2.Artifact | None:
    node = run.nodes.get(name)
    return node.outputs.get(key) if node else None
