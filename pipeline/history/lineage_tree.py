"""Draws a lineage as a tree of text."""

import json
from collections.abc import Mapping
from typing import Any

from rich.text import Text
from rich.tree import Tree

from pipeline.history import summaries
from pipeline.history.lineage import Ancestor

_NAMES = {
    "Examples": "examples",
    "HyperParameters": "hyperparameters",
    "Model": "model",
    "ModelBlessing": "verdict",
    "PushedModel": "pushed model",
    "Schema": "schema",
    "TransformGraph": "transform graph",
}


def draw(ancestor: Ancestor) -> Tree:
    """Draws an artifact and what it was made from.

    Args:
        ancestor: As `lineage.trace` gives it.

    Returns:
        A tree for rich to print; the photographs are its leaves.
    """
    tree = Tree(_title(ancestor), guide_style="dim")
    _grow(tree, ancestor)
    return tree


def settings_text(settings: Mapping[str, Any], preset: str | None) -> str:
    """Writes settings as `--set` takes them.

    Args:
        settings: By section, as in `settings.config`.
        preset: The preset they began with, if it is known.

    Returns:
        Those that are not the preset's.
    """
    values = summaries.changed(settings, preset).items()
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in values) or "the preset's"


def _grow(tree: Tree, ancestor: Ancestor) -> None:
    if ancestor.told:
        return
    for line in _details(ancestor):
        tree.add(Text(line, style="dim"))
    for source in ancestor.inputs:
        _grow(tree.add(_title(source)), source)
    if ancestor.artifact.type == "Examples":
        tree.add(_photographs(ancestor))


def _title(ancestor: Ancestor) -> Text:
    artifact, maker = ancestor.artifact, ancestor.maker
    title = Text.assemble((f"{_NAMES.get(artifact.type, artifact.type)} {artifact.id}", "bold"))
    if artifact.type == "ModelBlessing":
        title.append(": blessed" if summaries.flag(artifact, "blessed") else ": not blessed")
    if ancestor.told:
        compared = ancestor.key == "baseline_model"
        title.append(", compared with" if compared else ", as above", style="dim")
    elif maker:
        seconds = (maker.last_update_time_since_epoch - maker.create_time_since_epoch) / 1000
        run = f" of run {ancestor.run.number}" if ancestor.run else ""
        title.append(f"  {ancestor.component}{run}, {seconds:.1f} s", style="dim")
    return title


def _details(ancestor: Ancestor) -> list[str]:
    artifact, maker = ancestor.artifact, ancestor.maker
    if not maker:
        return [artifact.uri]
    told = summaries.custom_config(maker)
    lines = {
        "Model": [artifact.uri, f"settings {_settings(ancestor, told)}"],
        "PushedModel": [summaries.pushed_to(artifact) or "nothing was pushed"],
        "TransformGraph": [f"hidden left, right, top, bottom: {told.get('border')} pixels"],
        "ModelBlessing": [],
    }.get(artifact.type, [artifact.uri])
    return [*lines, *([f"code {told['code']}"] if "code" in told else [])]


def _settings(model: Ancestor, told: Mapping[str, str]) -> str:
    preset = summaries.preset(model.run) if model.run else None
    text = settings_text(json.loads(told.get("config", "{}")), preset)
    return f"preset {preset}, {text}" if preset else text


def _photographs(examples: Ancestor) -> Text:
    text = Text.assemble(("photographs ", "bold"), ", ".join(_sources(examples)))
    if counts := summaries.ingested(examples.artifact):
        images = ", ".join(f"{count} {split}" for split, count in counts["images"].items())
        rejected = ", ".join(f"{n} {reason}" for reason, n in counts["rejected"].items())
        text.append(f": {images}; rejected: {rejected or 'none'}")
    return text


def _sources(examples: Ancestor) -> list[str]:
    noted = examples.run and summaries.data(examples.run)
    told = examples.maker and summaries.told(examples.maker, "data")
    return noted or json.loads(told or "[]")
