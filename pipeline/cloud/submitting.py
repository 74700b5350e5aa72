"""Sends a compiled pipeline to Vertex AI or Kubeflow, or says what would be sent."""

import graphlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from settings.cloud import CloudSettings, Places


class SubmitError(RuntimeError):
    """A server that cannot be reached or that refuses, told so that a person can mend it."""


class Server(NamedTuple):
    """Where Kubeflow Pipelines listens."""

    endpoint: str
    namespace: str  # of the user; empty where there is but one
    token: str  # for a server behind a login


def to_vertex(file: str, job: dict[str, Any], settings: CloudSettings, places: Places) -> str:
    """Starts a run on Vertex AI.

    Args:
        file: The compiled pipeline.
        job: The same, as a PipelineJob.
        settings: Project, region and service account.
        places: Where the pipeline reads and writes.

    Returns:
        Where to watch it.

    Raises:
        SubmitError: If it cannot be started.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.aiplatform import pipeline_jobs

    try:
        run = pipeline_jobs.PipelineJob(
            display_name=job["displayName"],
            template_path=file,
            pipeline_root=places.root,
            project=settings.project,
            location=settings.region,
        )
        run.submit(service_account=settings.service_account or None)
    except (GoogleAPIError, GoogleAuthError) as error:
        raise SubmitError(f"Vertex AI, project {settings.project}: {error}") from error
    return run._dashboard_uri()


def to_kubeflow(file: str, job: dict[str, Any], server: Server, service_account: str) -> str:
    """Uploads a pipeline to Kubeflow, as a version if it is known, and starts a run of it.

    Args:
        file: The compiled pipeline, YAML.
        job: The same, as a PipelineJob.
        server: Where.
        service_account: Whom the steps run as; the namespace's default if empty.

    Returns:
        Where to watch it.

    Raises:
        SubmitError: If it cannot be started.
    """
    import kfp
    import kfp_server_api
    import urllib3

    name = job["displayName"]
    version = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    namespace = server.namespace or None
    try:
        client = kfp.Client(host=server.endpoint, existing_token=server.token or None)
        pipeline_id = client.get_pipeline_id(name)
        if pipeline_id:
            uploaded = client.upload_pipeline_version(file, version, pipeline_id=pipeline_id)
        else:
            pipeline_id = client.upload_pipeline(file, name, namespace=namespace).pipeline_id
            (uploaded,) = client.list_pipeline_versions(pipeline_id).pipeline_versions
        run = client.run_pipeline(
            client.create_experiment(name, namespace=namespace).experiment_id,
            version,
            pipeline_id=pipeline_id,
            version_id=uploaded.pipeline_version_id,
            pipeline_root=job["runtimeConfig"]["gcsOutputDirectory"],
            service_account=service_account or None,
        )
    except (
        kfp_server_api.ApiException,
        urllib3.exceptions.HTTPError,
        TimeoutError,  # of kfp, which asks five times
        ValueError,
    ) as error:
        raise SubmitError(f"Kubeflow at {server.endpoint}: {error}") from error
    return f"{server.endpoint.rstrip('/')}/#/runs/details/{run.run_id}"


def describe(job: dict[str, Any], places: Places, where: str) -> Iterator[str]:
    """Says what would be sent, and where.

    Args:
        job: The compiled pipeline, as a PipelineJob.
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
    specification = job["pipelineSpec"]
    executors = specification["deploymentSpec"]["executors"]
    tasks = specification["root"]["dag"]["tasks"]
    for name in graphlib.TopologicalSorter(
        {name: sorted(task.get("dependentTasks", [])) for name, task in sorted(tasks.items())}
    ).static_order():
        task = tasks[name]
        executor = executors[specification["components"][name]["executorLabel"]]
        cached = "cached" if task.get("cachingOptions", {}).get("enableCache") else "never cached"
        yield f"  {name:<42} {_resources(executor)}, {cached}"


def _resources(executor: dict[str, Any]) -> str:
    if "container" not in executor:
        return "no container"
    limits = executor["container"].get("resources", {})
    text = f"{limits.get('cpuLimit', 0):g} cores, {limits.get('memoryLimit', 0):g} GB"
    if accelerator := limits.get("accelerator"):
        text += f", {accelerator['count']} {accelerator['type']}"
    return text
