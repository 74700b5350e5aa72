"""What TFX's compiler leaves out: order, parameters, figures, retries and the checks of a step."""

from collections.abc import Iterable, Mapping
from typing import Any

from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.common.resolver import Resolver

from pipeline import source
from pipeline.cloud.placement import Cloud
from pipeline.cloud.step import metrics, parameters
from settings.cloud import Target

_INGEST = "ImageExampleGen"
# After a minute, then two, four and so on: what a machine that is taken away or a server that is
# busy needs. Bad data fails the same way again, and soon.
_BACKOFF = {"backoffDuration": "60s", "backoffFactor": 2, "backoffMaxDuration": "3600s"}


def order(tasks: dict[str, Any], components: Iterable[BaseNode]) -> dict[str, Any]:
    """Puts tasks in the order in which data flows, and has a resolver wait as it was told to.

    TFX makes two tasks of a resolver and forgets what it waits for. It would look before a training
    of days, and not see what was blessed meanwhile.

    Args:
        tasks: By name; changed in place.
        components: The pipeline's, in order.

    Returns:
        The same tasks in the components' order.
    """
    ordered = {}
    for component in components:
        if isinstance(component, Resolver):
            names = [name for name in tasks if name.startswith(f"{component.id}-")]
            names.sort(key=lambda name: name.endswith("-model-resolver"))
            awaited = sorted(node.id for node in component.upstream_nodes)
            tasks[names[0]]["dependentTasks"] = awaited
        else:
            names = [component.id]
        ordered.update({name: tasks[name] for name in names})
    return ordered


def add_parameters(specification: dict[str, Any]) -> None:
    """Lets a run be started with other photographs and other settings of training.

    Args:
        specification: A PipelineSpec; changed in place.
    """
    tasks = specification["root"]["dag"]["tasks"]
    data = tasks[_INGEST]["inputs"]["parameters"][parameters.DATA]
    defaults = {parameters.DATA: data["runtimeValue"]["constant"], parameters.SETTINGS: ""}
    takers = {parameters.DATA: [_INGEST]}
    takers[parameters.SETTINGS] = [name for name in parameters.LEARNERS if name in tasks]
    for name, default in defaults.items():
        declared = specification["root"].setdefault("inputDefinitions", {})
        described = {"parameterType": "STRING", "defaultValue": default, "isOptional": True}
        declared.setdefault("parameters", {})[name] = described
        for taker in takers[name]:
            inputs = tasks[taker].setdefault("inputs", {}).setdefault("parameters", {})
            inputs[name] = {"componentInputParameter": name}
            taken = specification["components"][taker]["inputDefinitions"]
            taken.setdefault("parameters", {})[name] = {"parameterType": "STRING"}


def add_metrics(specification: Mapping[str, Any]) -> None:
    """Has the Evaluator's figures shown with a run, and compared: an output of a type for that.

    Args:
        specification: A PipelineSpec; changed in place.
    """
    outputs = specification["components"][metrics.EVALUATOR]["outputDefinitions"]["artifacts"]
    outputs[metrics.OUTPUT] = {"artifactType": metrics.TYPE}


def add_retries(tasks: Mapping[str, Any], retries: int) -> None:
    """Has a step that fails begun again.

    Args:
        tasks: By name; changed in place.
        retries: How often, at most.
    """
    for task in tasks.values():
        if retries:
            task["retryPolicy"] = {"maxRetryCount": retries, **_BACKOFF}


def add_checks(specification: Mapping[str, Any], placement: Cloud, target: Target) -> None:
    """Tells each step which code its image must hold and which accelerator it must find.

    Args:
        specification: A PipelineSpec; changed in place.
        placement: Which step asks for which.
        target: `vertex` or `kubeflow`.
    """
    told = ["--target", target, "--code", source.code_hash(), "--tfx", source.LINE]
    for label, executor in specification["deploymentSpec"]["executors"].items():
        if container := executor.get("container"):
            name = placement.accelerator(label.removesuffix("_executor"))
            container["command"] += [*told, *(["--accelerator", name] if name else [])]


def add_volume(specification: Mapping[str, Any], root: str) -> None:
    """Has the examples lie on a volume, where every step reads them.

    Args:
        specification: A PipelineSpec; changed in place.
        root: A folder of the volume.
    """
    executor = specification["deploymentSpec"]["executors"][f"{_INGEST}_executor"]
    executor["container"]["command"] += ["--volume", root]


def add_hook(specification: Mapping[str, Any], command: list[str]) -> None:
    """Has Vertex AI list the photographs before it asks its cache.

    Args:
        specification: A PipelineSpec; changed in place.
        command: What does so.
    """
    container = specification["deploymentSpec"]["executors"][f"{_INGEST}_executor"]["container"]
    told = ["--json_serialized_invocation_args", "{{$}}"]
    container["lifecycle"] = {"preCacheCheck": {"command": command, "args": told}}


def never_cache_ingestion(specification: Mapping[str, Any]) -> None:
    """Has the photographs read in each run: nothing on Kubeflow tells whether they have changed.

    Args:
        specification: A PipelineSpec; changed in place.
    """
    specification["root"]["dag"]["tasks"][_INGEST].pop("cachingOptions", None)
