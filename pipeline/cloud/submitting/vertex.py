"""Runs and schedules on Vertex AI."""

import logging
from typing import Any

from pipeline.cloud.submitting import NEVER, Started, SubmitError, state
from settings.cloud import CloudSettings
from settings.places import Places


def submit(
    file: str, job: dict[str, Any], cloud: CloudSettings, places: Places, cron: str | None = None
) -> str:
    """Starts a run, or puts a schedule in the place of an earlier one.

    Args:
        file: The compiled pipeline.
        job: The same, as a PipelineJob.
        cloud: Project, region, service account, network, key, labels and experiment; Google's
            client puts no run of a schedule into an experiment.
        places: Where the pipeline reads and writes.
        cron: When to run, five fields; now and once if it is not given; `NEVER` ends the schedule.

    Returns:
        Where to watch it; empty where there is nothing to watch.

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
            project=cloud.project,
            location=cloud.region,
            labels=cloud.labels or None,
            encryption_spec_key_name=cloud.encryption_key or None,
        )
        whom: dict[str, Any] = {
            "service_account": cloud.service_account or None,
            "network": cloud.network or None,
        }
        if cron:
            return _schedule(run, cron, f"{job['displayName']}-schedule", whom)
        run.submit(experiment=cloud.experiment or None, **whom)
    except RuntimeError as error:  # of experiments, which says whether there is a run
        raise SubmitError(
            f"Vertex AI, project {cloud.project}: {error}: {error.__cause__}"
        ) from error
    except (GoogleAPIError, GoogleAuthError, ValueError) as error:
        raise SubmitError(f"Vertex AI, project {cloud.project}: {error}") from error
    return run._dashboard_uri()


def _schedule(run: Any, cron: str, name: str, whom: dict[str, Any]) -> str:
    """Makes the new one first: if that fails, the old one is still there."""
    from google.cloud.aiplatform import PipelineJobSchedule

    where = {"project": run.project, "location": run.location}
    earlier = PipelineJobSchedule.list(filter=f'display_name="{name}"', **where)
    # Two runs at a time would train in the same folder.
    made = None
    if cron != NEVER:
        made = run.create_schedule(cron, name, max_concurrent_run_count=1, **whom)
    for old in earlier:
        old.delete()
    return made._dashboard_uri() if made else ""


def list_runs(project: str, region: str, pipeline: str) -> list[Started]:
    """Lists a pipeline's runs.

    Args:
        project: Of Google Cloud.
        region: Where it runs.
        pipeline: Its name.

    Returns:
        The runs, newest first.

    Raises:
        SubmitError: If Vertex AI cannot be asked.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.aiplatform import pipeline_jobs

    # It says each time what a simple view leaves out.
    logging.getLogger(pipeline_jobs.__name__).setLevel(logging.ERROR)
    try:
        found = pipeline_jobs.PipelineJob.list(
            filter=f'pipeline_name="{pipeline}"',
            order_by="create_time desc",
            enable_simple_view=True,  # without the specifications, which are 40 KB each
            project=project,
            location=region,
        )
    except (GoogleAPIError, GoogleAuthError, ValueError) as error:
        raise SubmitError(f"Vertex AI, project {project}: {error}") from error
    return [
        Started(
            job.name,
            job.create_time,
            job.gca_resource.end_time or None,
            state(job.gca_resource.state.name),
            job._dashboard_uri(),
        )
        for job in found
    ]
