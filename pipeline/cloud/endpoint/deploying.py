"""Versions of one model in Vertex AI's registry, and which of them an endpoint asks.

Each model that is pushed is a new version of one registered model. The newest gets the share of
requests that settings say; what gets none is undeployed, for a machine that waits costs as much as
one that works.
"""

from typing import Any

from settings.cloud import CloudSettings
from settings.strict import ConfigError


def deploy(cloud: CloudSettings, name: str, uri: str) -> str:
    """Registers a SavedModel as the newest version and deploys it.

    Args:
        cloud: Project, region and endpoint.
        name: Of the registered model, which is made where there is none.
        uri: The SavedModel's folder in a bucket.

    Returns:
        The model's resource name with its version, `projects/.../models/NAME@VERSION`.
    """
    aiplatform = _google(cloud)
    model = aiplatform.Model.upload(
        display_name=name,
        artifact_uri=uri,
        serving_container_image_uri=cloud.endpoint.image,
        labels=cloud.labels or None,
        **({"parent_model": name} if _registered(name) else {"model_id": name}),
    )
    endpoint = _endpoint(cloud) or aiplatform.Endpoint.create(
        display_name=cloud.endpoint.name, labels=cloud.labels or None
    )
    first = not endpoint.list_models()
    _deploy(cloud, name, model, endpoint, 100 if first else cloud.endpoint.traffic)
    _retire(endpoint, cloud.endpoint.keep)
    return f"{model.resource_name}@{model.version_id}"


def roll_back(cloud: CloudSettings, name: str, version: str | None = None) -> tuple[str, str]:
    """Gives all requests to one version, which is deployed again if it no longer is.

    Args:
        cloud: Project, region and endpoint.
        name: Of the registered model.
        version: Its version; by default the one before that which most requests go to.

    Returns:
        The version that had most of the requests, and that which has them all now.

    Raises:
        ConfigError: If there is no such endpoint or version.
    """
    aiplatform = _google(cloud)
    endpoint = _endpoint(cloud)
    if not endpoint:
        raise ConfigError(f"no endpoint {cloud.endpoint.name} in {cloud.project}, {cloud.region}")
    shares = endpoint.traffic_split
    deployed = {found.model_version_id: found.id for found in endpoint.list_models()}
    if not deployed or not _registered(name):
        raise ConfigError(f"endpoint {cloud.endpoint.name}: no version of {name} is deployed")
    asked = max(deployed, key=lambda number: shares.get(deployed[number], 0))
    registry = aiplatform.Model(name).versioning_registry
    versions = sorted((found.version_id for found in registry.list_versions()), key=int)
    target = version or next((v for v in reversed(versions) if int(v) < int(asked)), "")
    if target not in versions:
        wanted = f"version {version}" if version else f"version before {asked}"
        raise ConfigError(f"model {name}: no {wanted}; there are {', '.join(versions)}")
    if target in deployed:
        endpoint.update(traffic_split={deployed[target]: 100})
    else:
        _deploy(cloud, name, aiplatform.Model(name, version=target), endpoint, 100)
    registry.add_version_aliases(["default"], target)
    _retire(endpoint, cloud.endpoint.keep)
    return asked, target


def _google(cloud: CloudSettings) -> Any:
    from google.cloud import aiplatform  # takes seconds

    aiplatform.init(
        project=cloud.project,
        location=cloud.region,
        encryption_spec_key_name=cloud.encryption_key or None,
    )
    return aiplatform


def _registered(name: str) -> bool:
    from google.api_core.exceptions import NotFound
    from google.cloud import aiplatform

    try:
        aiplatform.Model(name)
    except NotFound:
        return False
    return True


def _endpoint(cloud: CloudSettings) -> Any:
    from google.cloud import aiplatform

    found = aiplatform.Endpoint.list(
        filter=f'display_name="{cloud.endpoint.name}"', order_by="create_time"
    )
    return found[0] if found else None


def _deploy(cloud: CloudSettings, name: str, model: Any, endpoint: Any, traffic: int) -> None:
    model.deploy(
        endpoint=endpoint,
        deployed_model_display_name=f"{name}-{model.version_id}",
        machine_type=cloud.endpoint.machine_type,
        min_replica_count=cloud.endpoint.replicas,
        max_replica_count=max(cloud.endpoint.replicas, cloud.endpoint.max_replicas),
        traffic_percentage=traffic,
        service_account=cloud.service_account or None,
    )


def _retire(endpoint: Any, keep: int) -> None:
    """Undeploys what is asked for nothing, but for the newest few."""
    shares = endpoint.traffic_split
    idle = [found for found in endpoint.list_models() if not shares.get(found.id)]
    idle.sort(key=lambda found: int(found.model_version_id), reverse=True)
    for found in idle[keep:]:
        endpoint.undeploy(found.id)
