"""A compiled pipeline taken apart."""

import graphlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


def load(file: Path) -> Json:
    """Reads the PipelineSpec of a compiled pipeline.

    Args:
        file: YAML, or the JSON of a PipelineJob.

    Returns:
        The PipelineSpec.
    """
    document: Json = next(yaml.safe_load_all(file.read_text()))  # the second is Kubernetes'
    return document.get("pipelineSpec", document)


def taken_apart(specification: Json) -> tuple[Json, Json]:
    """The tasks to run, and those that run when they are over.

    What comes before an exit handler is one task, which hands the run's parameters on.

    Args:
        specification: A PipelineSpec.

    Returns:
        Both, by name.
    """
    tasks = specification["root"]["dag"]["tasks"]
    last = {name: task for name, task in tasks.items() if "triggerPolicy" in task}
    if not last:
        return tasks, {}
    ((name, group),) = ((n, task) for n, task in tasks.items() if n not in last)
    assert all(task["dependentTasks"] == [name] for task in last.values())
    component = specification["components"][group["componentRef"]["name"]]
    handed = group["inputs"]["parameters"]
    assert set(handed) == set(component["inputDefinitions"]["parameters"])
    assert all(given == {"componentInputParameter": key} for key, given in handed.items())
    return component["dag"]["tasks"], last


def given_parameters(specification: Json, said: Mapping[str, Any]) -> Json:
    """The run's parameters.

    Args:
        specification: A PipelineSpec.
        said: Some of them.

    Returns:
        What was said, or else their defaults.

    Raises:
        ValueError: If one is said that there is not.
    """
    declared = specification["root"].get("inputDefinitions", {}).get("parameters", {})
    if unknown := set(said) - set(declared):
        raise ValueError(f"the pipeline has no parameter {', '.join(sorted(unknown))}")
    return {name: said.get(name, given.get("defaultValue")) for name, given in declared.items()}


def sources(task: Json) -> dict[str, Json]:
    """Where a task's input artifacts come from.

    Args:
        task: Of a graph.

    Returns:
        Task and output, by input.
    """
    artifacts = task.get("inputs", {}).get("artifacts", {})
    return {key: given["taskOutputArtifact"] for key, given in artifacts.items()}


def order(tasks: Mapping[str, Json]) -> list[str]:
    """Names tasks, each after those it depends on.

    Args:
        tasks: Of a graph, by name.

    Returns:
        The names.
    """
    graph = {
        name: {
            *task.get("dependentTasks", []),
            *(source["producerTask"] for source in sources(task).values()),
        }
        for name, task in sorted(tasks.items())
    }
    return list(graphlib.TopologicalSorter(graph).static_order())


def task_parameters(task: Json, component: Json, given: Mapping[str, Any]) -> Json:
    """What a task is given beside artifacts.

    Args:
        task: Of a graph.
        component: What it is of.
        given: The run's parameters.

    Returns:
        Values by name.

    Raises:
        ValueError: If one is of another type than the component declares.
    """
    kinds = component.get("inputDefinitions", {}).get("parameters", {})
    values: Json = {}
    for key, said in task.get("inputs", {}).get("parameters", {}).items():
        if "componentInputParameter" in said:
            value = given[said["componentInputParameter"]]
        else:
            value = said["runtimeValue"]["constant"]
        kind = kinds[key]["parameterType"]
        if not isinstance(value, str if kind == "STRING" else (int, float)):
            raise ValueError(f"{key} is no {kind}: {value!r}")
        values[key] = value
    return values
