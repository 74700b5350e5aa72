"""The Evaluator's figures as an artifact of the platform's own kind, which its pages compare.

TFX knows no such output: it is kept from it, and added to what it says of the others.
"""

import json
import math
import os
from typing import Any

EVALUATOR, OUTPUT = "Evaluator", "metrics"  # a step, and an output of it
TYPE = {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}
_EVALUATION = "evaluation"  # the output that holds them


def take(invocation: dict[str, Any]) -> dict[str, Any] | None:
    """Takes the output for figures away.

    Args:
        invocation: What the step is told; changed in place.

    Returns:
        The artifact; None of a step that has no such output.
    """
    outputs = invocation.get("outputs", {}).get("artifacts", {})
    if OUTPUT not in outputs:
        return None
    (artifact,) = outputs.pop(OUTPUT)["artifacts"]
    found: dict[str, Any] = artifact
    return found


def add(artifact: dict[str, Any], invocation: dict[str, Any]) -> None:
    """Adds the figures to what TFX says of a step that it has run.

    Args:
        artifact: As `take` gave it.
        invocation: What TFX was told; nothing is done where it has written nothing.
    """
    file = invocation["outputs"]["outputFile"]
    if not os.path.exists(file):
        return
    from pipeline.gate import result

    (evaluation,) = invocation["outputs"]["artifacts"][_EVALUATION]["artifacts"]
    figures = result.load_figures(evaluation["uri"])
    finite = {name: value for name, value in figures.items() if math.isfinite(value)}
    with open(file) as before:
        said = json.load(before)
    said.setdefault("artifacts", {})[OUTPUT] = {"artifacts": [artifact | {"metadata": finite}]}
    with open(file, "w") as after:
        json.dump(said, after)
