"""Says what would be sent to Vertex AI or Kubeflow."""

from collections.abc import Iterator
from typing import Any

from settings.places import Places


def describe(job: dict[str, Any], places: Places, where: str) -> Iterator[str]:
    """Says what would be sent, and where.

    Args:
        job: The compiled pipeline, as a PipelineJob; its tasks in the order in which data flows.
        places: Where it reads and writes.
        where: Whom it would be sent to.

    Yields:
        Lines for a person.
    """
    yield f"pipeline  {job['displayName']}"
    yield f"to        {where}"
    yield f"data      {', '.join(places.data)}"
    yield f"root      {places.root}"
    yield f"serving   {places.serving}"
    yield f"image     {places.image}"
    if places.worker:
        yield f"workers   {places.worker}"
    specification = job["pipelineSpec"]
    executors = specification["deploymentSpec"]["executors"]
    for name, task in _steps(specification, specification["root"]):
        executor = executors[specification["components"][name]["executorLabel"]]
        cached = "cached" if task.get("cachingOptions", {}).get("enableCache") else "never cached"
        yield f"  {name:<42} {_resources(executor)}, {cached}"


def _steps(
    specification: dict[str, Any], component: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tasks by name, also those within others."""
    for name, task in component["dag"]["tasks"].items():
        inner = specification["components"][name]
        if "dag" in inner:
            yield from _steps(specification, inner)
        else:
            yield name, task


def _resources(executor: dict[str, Any]) -> str:
    if "container" not in executor:
        return "no container"
    limits = executor["container"].get("resources", {})
    text = f"{limits.get('cpuLimit', 0):g} cores, {limits.get('memoryLimit', 0):g} GB"
    if accelerator := limits.get("accelerator"):
        text += f", {accelerator['count']} {accelerator['type']}"
    return text
