"""What a step runs on open-source Kubeflow: TFX's entry point, told what Kubeflow leaves out.

TFX 1.16 was made for Vertex AI, which names the type of every artifact. Kubeflow's backend does
not name those of inputs, and TFX stops there (tensorflow/tfx#7768); and it adds an output of its
own for the step's log, of a type that TFX does not know.
"""

import argparse
import json
import runpy
import sys
from collections.abc import Sequence
from typing import Any

_TFX = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"
_INVOCATION = "--json_serialized_invocation_args"
_INPUTS_SPEC = "--json_serialized_inputs_spec_args"
_KUBEFLOWS_OWN = "system."


def complete(arguments: Sequence[str]) -> list[str]:
    """Names the types of input artifacts, and takes Kubeflow's own outputs away.

    Args:
        arguments: The step's, as TFX's entry point takes them.

    Returns:
        The same, with another invocation.

    Raises:
        SystemExit: If the invocation or the description of inputs is missing.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument(_INVOCATION, dest="invocation", required=True, type=json.loads)
    parser.add_argument(_INPUTS_SPEC, dest="inputs_spec", required=True, type=json.loads)
    known, others = parser.parse_known_args(arguments)
    invocation: dict[str, Any] = known.invocation
    described = known.inputs_spec.get("artifacts", {})
    for name, given in invocation.get("inputs", {}).get("artifacts", {}).items():
        for artifact in given.get("artifacts", []):
            if not any(artifact.get("type", {}).values()):
                artifact["type"] = described[name]["artifactType"]
    outputs = invocation.get("outputs", {}).get("artifacts", {})
    for name in [name for name, given in outputs.items() if _is_kubeflows_own(given)]:
        del outputs[name]
    inputs_spec = json.dumps(known.inputs_spec)
    return [*others, _INVOCATION, json.dumps(invocation), _INPUTS_SPEC, inputs_spec]


def _is_kubeflows_own(given: dict[str, Any]) -> bool:
    types = [artifact.get("type", {}) for artifact in given.get("artifacts", [])]
    return any(kind.get("schemaTitle", "").startswith(_KUBEFLOWS_OWN) for kind in types)


if __name__ == "__main__":
    sys.argv[1:] = complete(sys.argv[1:])
    runpy.run_module(_TFX, run_name="__main__", alter_sys=True)
