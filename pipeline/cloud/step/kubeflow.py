"""What TFX must be told on open-source Kubeflow that is not said there.

TFX 1.16 was made for Vertex AI, which names the type of every artifact. Kubeflow's backend does
not name those of inputs, and TFX stops there (tensorflow/tfx#7768); and it adds an output of its
own for the step's log, of a type that TFX does not know.
"""

from typing import Any

_KUBEFLOWS_OWN = "system."


def complete(invocation: dict[str, Any], inputs_spec: dict[str, Any]) -> None:
    """Names the types of input artifacts, and takes Kubeflow's own outputs away.

    Args:
        invocation: What the step is told; changed in place.
        inputs_spec: What it takes.
    """
    described = inputs_spec.get("artifacts", {})
    for name, given in invocation.get("inputs", {}).get("artifacts", {}).items():
        for artifact in given.get("artifacts", []):
            if not any(artifact.get("type", {}).values()):
                artifact["type"] = described[name]["artifactType"]
    outputs = invocation.get("outputs", {}).get("artifacts", {})
    for name in [name for name, given in outputs.items() if _is_kubeflows_own(given)]:
        del outputs[name]


def _is_kubeflows_own(given: dict[str, Any]) -> bool:
    types = [artifact.get("type", {}) for artifact in given.get("artifacts", [])]
    return any(kind.get("schemaTitle", "").startswith(_KUBEFLOWS_OWN) for kind in types)
