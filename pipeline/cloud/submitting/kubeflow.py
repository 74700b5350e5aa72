"""Runs and schedules on open-source Kubeflow Pipelines."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from pipeline.cloud.submitting import NEVER, Started, SubmitError, state


class Server(NamedTuple):
    """Where Kubeflow Pipelines listens."""

    endpoint: str
    namespace: str  # of the user; empty where there is but one
    token: str  # for a server behind a login


def submit(
    file: str, job: dict[str, Any], server: Server, service_account: str, cron: str | None = None
) -> str:
    """Uploads a pipeline, as a version if it is known, and starts a run of it or schedules it.

    Args:
        file: The compiled pipeline, YAML.
        job: The same, as a PipelineJob.
        server: Where.
        service_account: Whom the steps run as; the namespace's default if empty.
        cron: When to run, five fields; now and once if it is not given; `NEVER` ends the schedule.

    Returns:
        Where to watch it; empty where there is nothing to watch.

    Raises:
        SubmitError: If it cannot be started.
    """
    name = job["displayName"]
    with _client(server) as client:
        if cron == NEVER:
            experiment = client.create_experiment(name, namespace=server.namespace or None)
            _end(client, _schedules(client, experiment.experiment_id, f"{name}-schedule"))
            return ""
        pipeline_id, version_id = _upload(client, file, name, server.namespace or None)
        experiment = client.create_experiment(name, namespace=server.namespace or None)
        what = {
            "pipeline_id": pipeline_id,
            "version_id": version_id,
            "pipeline_root": job["runtimeConfig"]["gcsOutputDirectory"],
            "service_account": service_account or None,
        }
        if cron:
            made = _schedule(client, experiment.experiment_id, f"{name}-schedule", cron, what)
            return f"{server.endpoint.rstrip('/')}/#/recurringrun/details/{made}"
        run = client.run_pipeline(experiment.experiment_id, _version(name), **what)
    return _watch(server, run.run_id)


def list_runs(server: Server, pipeline: str) -> list[Started]:
    """Lists a pipeline's runs.

    Args:
        server: Where.
        pipeline: Its name, which is that of its experiment.

    Returns:
        The runs, newest first.

    Raises:
        SubmitError: If Kubeflow cannot be asked, or knows no such experiment.
    """
    namespace = server.namespace or None
    with _client(server) as client:
        experiment = client.get_experiment(experiment_name=pipeline, namespace=namespace)
        found: list[Any] = []
        token = ""
        while True:
            page = client.list_runs(
                page_token=token,
                page_size=100,
                sort_by="created_at desc",
                experiment_id=experiment.experiment_id,
                namespace=namespace,
            )
            found += page.runs or []
            token = page.next_page_token
            if not token:
                break
    return [
        Started(
            run.run_id,
            run.created_at,
            _ended(run.finished_at),
            state(run.state or "PENDING"),
            _watch(server, run.run_id),
        )
        for run in found
    ]


@contextmanager
def _client(server: Server) -> Iterator[Any]:
    """A client of it, whose errors name it."""
    import kfp
    import kfp_server_api
    import urllib3

    try:
        yield kfp.Client(host=server.endpoint, existing_token=server.token or None)
    except (
        kfp_server_api.ApiException,
        urllib3.exceptions.HTTPError,
        TimeoutError,  # of kfp, which asks five times
        ValueError,
    ) as error:
        raise SubmitError(f"Kubeflow at {server.endpoint}: {error}") from error


def _ended(said: datetime | None) -> datetime | None:
    """While it runs, Kubeflow says 1970."""
    return said if said and said.year > 1970 else None


def _watch(server: Server, run: str) -> str:
    return f"{server.endpoint.rstrip('/')}/#/runs/details/{run}"


def _upload(client: Any, file: str, name: str, namespace: str | None) -> tuple[str, str]:
    # `get_pipeline_id` asks for pipelines of no namespace alone: a second upload to one's own would
    # meet the first.
    known = client.list_pipelines(filter=_called(name), namespace=namespace).pipelines or []
    if known:
        pipeline_id = known[0].pipeline_id
        uploaded = client.upload_pipeline_version(file, _version(name), pipeline_id=pipeline_id)
    else:
        pipeline_id = client.upload_pipeline(file, name, namespace=namespace).pipeline_id
        (uploaded,) = client.list_pipeline_versions(pipeline_id).pipeline_versions
    return pipeline_id, uploaded.pipeline_version_id


def _schedule(client: Any, experiment: str, name: str, cron: str, what: dict[str, Any]) -> str:
    """Makes the new one first: if that fails, the old one is still there."""
    earlier = _schedules(client, experiment, name)
    made = client.create_recurring_run(
        experiment,
        name,
        cron_expression=f"0 {cron}",  # there a first field says the second
        max_concurrency=1,  # two would train in the same folder
        no_catchup=True,
        **what,
    )
    _end(client, earlier)
    return made.recurring_run_id


def _schedules(client: Any, experiment: str, name: str) -> list[Any]:
    listed = client.list_recurring_runs(experiment_id=experiment, filter=_called(name))
    return listed.recurring_runs or []


def _end(client: Any, schedules: list[Any]) -> None:
    for schedule in schedules:
        client.delete_recurring_run(schedule.recurring_run_id)


def _called(name: str) -> str:
    equals = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [equals]})


def _version(name: str) -> str:
    return f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
