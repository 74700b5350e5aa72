"""Runs on Vertex AI or Kubeflow, as `outpaint runs` lists them."""

import json
import warnings
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple

import click

from pipeline.cloud.submitting import Started, SubmitError, kubeflow, vertex


class Where(NamedTuple):
    """Whom to ask: Vertex AI, if a project is named."""

    project: str
    region: str
    endpoint: str
    namespace: str
    token: str


def list_runs(where: Where, pipeline: str) -> list[Started]:
    """Asks for a pipeline's runs.

    Args:
        where: Whom.
        pipeline: Its name.

    Returns:
        The runs, newest first.

    Raises:
        click.ClickException: If the server cannot be asked.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Google's clients warn of our Python
        try:
            if where.project:
                return vertex.list_runs(where.project, where.region, pipeline)
            server = kubeflow.Server(where.endpoint, where.namespace, where.token)
            return kubeflow.list_runs(server, pipeline)
        except SubmitError as error:
            raise click.ClickException(str(error)) from error


def show(found: Sequence[Started], as_json: bool) -> None:
    """Prints a line a run, or JSON.

    Args:
        found: The runs.
        as_json: Whether JSON.
    """
    if as_json:
        click.echo(json.dumps([_as_json(run) for run in found], indent=2))
        return
    from cli.runs import view

    view.show_cloud_table([_as_json(run) for run in found])


def _as_json(run: Started) -> dict[str, str | float | None]:
    ended = run.ended or datetime.now(timezone.utc)
    return {
        "run": run.run,
        "started": run.started.isoformat(),
        "seconds": round((ended - run.started).total_seconds(), 3),
        "state": run.state,
        "watch": run.watch,
    }
