"""What Kubernetes is told of each step, in the second document of a compiled file.

The form is that of kfp-kubernetes 1.5, which itself cannot be installed beside TFX 1.16 (it wants
protobuf 4). As there, what later versions of Kubeflow call otherwise is written both ways.
"""

from typing import Any

from pipeline.cloud import exit_handler
from pipeline.cloud.step import parameters
from settings.kubernetes import KubernetesSettings, Nodes


def platform(settings: KubernetesSettings, specification: dict[str, Any]) -> dict[str, Any]:
    """Describes volumes, secrets and nodes of each step.

    Args:
        settings: What was asked for.
        specification: A PipelineSpec.

    Returns:
        A PlatformSpec; empty where nothing was asked for.
    """
    executors = {}
    for label, executor in specification["deploymentSpec"]["executors"].items():
        if "container" not in executor:
            continue
        if told := _step(settings, label.removesuffix("_executor")):
            executors[label] = told
    if not executors:
        return {}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _step(settings: KubernetesSettings, name: str) -> dict[str, Any]:
    # The last step tells of the others, also where a volume is what stopped them.
    told = {} if name == exit_handler.NOTIFY else _given(settings)
    groups = [settings.steps]
    if name in parameters.LEARNERS:
        groups.append(settings.training)
    labels = {key: value for nodes in groups for key, value in nodes.node_selector.items()}
    if labels:
        told["nodeSelector"] = {"labels": labels}
    told["tolerations"] = [toleration for nodes in groups for toleration in _tolerations(nodes)]
    return {key: value for key, value in told.items() if value}


def _given(settings: KubernetesSettings) -> dict[str, Any]:
    told: dict[str, Any] = {
        "pvcMount": [
            {"mountPath": folder, "constant": claim, "pvcNameParameter": _constant(claim)}
            for folder, claim in settings.volumes.items()
        ],
        "secretAsEnv": [_secret(*given) for given in settings.secrets.items()],
    }
    if settings.shared_memory_gb:
        size = f"{settings.shared_memory_gb * 1000:.0f}M"
        shared = {"volumeName": "shm", "mountPath": "/dev/shm", "medium": "Memory"}
        told["emptyDirMounts"] = [{**shared, "sizeLimit": size}]
    return told


def _secret(variable: str, name: str) -> dict[str, Any]:
    secret, _, key = name.partition("/")
    return {
        "secretName": secret,
        "secretNameParameter": _constant(secret),
        "keyToEnv": [{"secretKey": key, "envVar": variable}],
    }


def _tolerations(nodes: Nodes) -> list[dict[str, Any]]:
    renamed = {"seconds": "tolerationSeconds"}
    return [
        {
            renamed.get(key, key): value
            for key, value in toleration.model_dump().items()
            if value not in ("", None)
        }
        for toleration in nodes.tolerations
    ]


def _constant(value: str) -> dict[str, Any]:
    return {"runtimeValue": {"constant": value}}
