"""`outpaint runs`: what was run in an output folder, and what a model was made from."""

import contextlib
import fcntl
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import output_option

if TYPE_CHECKING:
    from ml_metadata.metadata_store.metadata_store import MetadataStore
    from ml_metadata.proto.metadata_store_pb2 import Artifact

    from pipeline.history.runs import Run

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@output_option.output
@_json_option
@click.option("--project", help="List the runs on Vertex AI of this Google Cloud project.")
@click.option("--region", default="us-central1", show_default=True, help="Where they run.")
@click.option("--endpoint", help="List the runs on the Kubeflow Pipelines at this URL.")
@click.option("--namespace", default="", help="Yours, on a Kubeflow of several users.")
@click.option(
    "--token",
    default="",
    envvar="OUTPAINTING_TOKEN",
    help="Bearer token for a Kubeflow behind a login.",
)
@click.option("--name", default="outpainting", show_default=True, help="The pipeline's, there.")
@click.pass_context
def runs(
    context: click.Context,
    output: Path,
    as_json: bool,
    project: str | None,
    region: str,
    endpoint: str | None,
    namespace: str,
    token: str,
    name: str,
) -> None:
    """List what was run, newest first, and what it came to: here, on Vertex AI or on Kubeflow."""
    context.default_map = {"show": {"output": output, "as_json": as_json}}
    if project and endpoint:
        raise click.UsageError("--project is for Vertex AI and --endpoint for Kubeflow")
    if context.invoked_subcommand:
        if project or endpoint:
            raise click.UsageError("show is for runs on this machine")
        return
    if project or endpoint:
        from cli.runs import cloud

        where = cloud.Where(project or "", region, endpoint or "", namespace, token)
        cloud.show(cloud.list_runs(where, name), as_json)
        return
    _, found = _read(output)
    summaries = [_summary(run, output, found) for run in found]
    if as_json:
        click.echo(json.dumps(summaries, indent=2))
        return
    from cli.runs import view

    view.show_table(summaries)


@runs.command()
@click.argument("run", required=False)
@output_option.output
@_json_option
def show(run: str | None, output: Path, as_json: bool) -> None:
    """Show a run, and the lineage of its model back to the photographs.

    RUN is a run's number, or the version of a pushed model, such as 1795411334. By default it is
    the newest run.
    """
    store, found = _read(output)
    from pipeline.history import lineage

    chosen = _choose(found, run, output)
    summary = _summary(chosen, output, found)
    product = _product(chosen, pushed=summary["pushed"] is not None)
    traced = product and lineage.trace(store, product)
    if as_json:
        tree = traced and lineage.as_json(traced)
        click.echo(json.dumps({**summary, "lineage": tree}, indent=2))
        return
    from cli.runs import view

    view.show_run(summary, traced)


def _read(output: Path) -> "tuple[MetadataStore, list[Run]]":
    database = output / "metadata" / "metadata.db"
    if not database.exists():
        raise click.ClickException(
            f"{database}: no metadata store there; name the pipeline's output folder with "
            "--output, or run the pipeline first"
        )
    from pipeline.history import runs as reader

    try:
        store = reader.open_store(database, read_only=True)
        found = reader.read_runs(store)
    except Exception as error:  # ML Metadata's errors have no base of their own
        raise click.ClickException(f"{database}: not a metadata store: {error}") from error
    if not found:
        raise click.ClickException(f"{database}: no run in it yet")
    return store, found


def _summary(run: "Run", output: Path, found: "list[Run]") -> dict[str, Any]:
    from pipeline.history import summaries

    return summaries.summarise(run, under_way=run is found[0] and _in_use(output))


def _choose(found: "list[Run]", name: str | None, output: Path) -> "Run":
    if name is None:
        return found[0]
    for run in reversed(found):  # the first to push a model is the one that made it
        if name in (str(run.number), _summary(run, output, found)["version"]):
            return run
    raise click.ClickException(
        f"no run {name} in {output}, and no pushed model of that version; "
        f"runs are numbered 1 to {len(found)}: see outpaint runs --output {output}"
    )


def _product(run: "Run", pushed: bool) -> "Artifact | None":
    """What the lineage starts from: the last of these that the run came to."""
    last: tuple[tuple[str, str], ...] = (
        ("Evaluator", "blessing"),
        ("Trainer", "model"),
        ("ImageExampleGen", "examples"),
    )
    if pushed:
        last = (("Pusher", "pushed_model"), *last)
    found = (run.nodes[name].outputs.get(key) for name, key in last if name in run.nodes)
    return next((artifact for artifact in found if artifact), None)


def _in_use(output: Path) -> bool:
    """Whether a run holds the folder, as `local_runner.py` locks it."""
    with contextlib.suppress(OSError), open(output / ".lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
