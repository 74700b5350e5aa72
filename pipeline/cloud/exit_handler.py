"""A last step that runs whatever became of the others, and tells of it.

TFX has such a step, for Vertex AI alone and as one of its own components. Here it is the form that
the kfp SDK compiles, which Kubeflow takes from version 2.14 on.
"""

from typing import Any

_STEPS = "steps"  # all that came before, as one component
NOTIFY = "Notify"  # the last step
_COMMAND = ["python", "-m", "pipeline.cloud.step.notifying"]


def add(specification: dict[str, Any], webhook: str, image: str) -> None:
    """Puts the steps that there are into one, and another after it.

    Args:
        specification: A PipelineSpec, complete otherwise; changed in place.
        webhook: The URL to tell.
        image: Of the step.
    """
    root = specification["root"]
    parameters = root.get("inputDefinitions", {}).get("parameters", {})
    taken = {name: {"parameterType": given["parameterType"]} for name, given in parameters.items()}
    passed = {name: {"componentInputParameter": name} for name in parameters}
    components = specification["components"]
    components[_STEPS] = {"dag": root["dag"], "inputDefinitions": {"parameters": taken}}
    steps = _task(_STEPS, {"parameters": passed})
    # The platform fills in how they ended.
    status = {"taskFinalStatus": {"producerTask": _STEPS}}
    notify = {
        **_task(NOTIFY, {"parameters": {"status": status}}),
        "dependentTasks": [_STEPS],
        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    }
    root["dag"] = {"tasks": {_STEPS: steps, NOTIFY: notify}}
    label = f"{NOTIFY}_executor"
    told = {"parameterType": "TASK_FINAL_STATUS", "isOptional": True}
    components[NOTIFY] = {
        "executorLabel": label,
        "inputDefinitions": {"parameters": {"status": told}},
    }
    container = {
        "image": image,
        "command": _COMMAND,
        "args": ["--webhook", webhook, specification["pipelineInfo"]["name"], "{{$}}"],
        "resources": {"cpuLimit": 1, "memoryLimit": 1},
    }
    specification["deploymentSpec"]["executors"][label] = {"container": container}


def _task(name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    return {"componentRef": {"name": name}, "taskInfo": {"name": name}, "inputs": inputs}
