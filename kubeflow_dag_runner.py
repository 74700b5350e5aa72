"""Compiles the pipeline for Vertex AI or Kubeflow, and starts it there; the `tfx` command's entry.

    tfx pipeline create --engine vertex --pipeline_path kubeflow_dag_runner.py
    python kubeflow_dag_runner.py --target kubeflow --output pipeline.yaml

The first takes its options from the environment: each as OUTPAINTING_ and its name in capitals, but
for --output. See docs/cloud.md.
"""

import logging
import warnings

import click

import settings
from models import runtime
from pipeline import options, source
from pipeline.cloud import describing
from pipeline.cloud.submitting import NEVER, SubmitError, kubeflow, vertex
from settings.cloud import Target
from settings.places import Places, places

_CLOUD = {"project", "region", "root", "image", "service_account"}  # each a setting of `cloud`


@click.command(context_settings=options.CONTEXT)
@click.option(
    "--target",
    type=click.Choice(["vertex", "kubeflow"]),
    default="vertex",
    show_default=True,
    help="Vertex AI Pipelines, or open-source Kubeflow Pipelines from version 2 on.",
)
@options.preset
@click.option(
    "--data",
    multiple=True,
    type=options.Words(),
    help="Folder of photographs or .tar archive, such as gs://BUCKET/x; may be given several "
    "times.",
)
@click.option(
    "--project",
    envvar=[f"{options.ENVIRONMENT}_PROJECT", "GOOGLE_CLOUD_PROJECT"],
    help="Google Cloud project.",
)
@click.option("--region", help="Region of Google Cloud.  [default: us-central1]")
@click.option(
    "--root", help="Folder of all artifacts.  [default: gs://PROJECT-outpainting/outpainting]"
)
@click.option(
    "--image",
    help="Container image of every step.  "
    "[default: REGION-docker.pkg.dev/PROJECT/outpainting/outpainting:TAG, where TAG is what "
    "`python -m pipeline.source` says]",
)
@click.option("--service-account", help="Whom the steps run as.  [default: the platform's]")
@options.overrides("cloud.trainer.accelerator=NVIDIA_L4")
@options.tune
@options.beam_runner
@click.option(
    "--output",
    type=click.Path(dir_okay=False),
    allow_from_autoenv=False,  # OUTPAINTING_OUTPUT is the folder of runs on this machine
    help="File to write.  [default: pipeline.json for Vertex AI, pipeline.yaml for Kubeflow]",
)
@click.option("--no-cache", is_flag=True, help="Run every step, also where nothing has changed.")
@click.option("--submit", is_flag=True, help="Start a run on Vertex AI.")
@click.option("--endpoint", help="Upload to the Kubeflow Pipelines at this URL and start a run.")
@click.option("--namespace", default="", help="Yours, on a Kubeflow of several users.")
@click.option("--token", help="Bearer token for a Kubeflow behind a login.")
@click.option(
    "--schedule",
    metavar="CRON",
    help="With --submit or --endpoint: run not now but then, such as '0 3 * * 0' for Sundays at "
    f"three; an earlier schedule of the pipeline ends. '{NEVER}' only ends it.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be sent.")
def main(
    target: Target,
    preset: str,
    data: tuple[str, ...],
    overrides: tuple[str, ...],
    tune: bool,
    beam_runner: str | None,
    output: str | None,
    no_cache: bool,
    submit: bool,
    endpoint: str | None,
    namespace: str,
    token: str | None,
    schedule: str | None,
    dry_run: bool,
    **cloud: str | None,
):
    """Compile the pipeline for Vertex AI or Kubeflow, and start it there.

    Compiling needs no cloud. Each option but --output may also come from the environment, as
    OUTPAINTING_PROJECT and so on.
    """
    output = output or ("pipeline.json" if target == "vertex" else "pipeline.yaml")
    _check_use(target, output, submit, endpoint, schedule)
    said = [f"cloud.{key}={value}" for key, value in cloud.items() if value]
    said += [f"cloud.data={list(data)}"] * bool(data)
    try:
        config = options.load(preset, [*overrides, *said], tune, beam_runner)
        where = places(config, target, source.image_tag())
        if source.line_of(where.image) not in (None, source.LINE):
            raise settings.ConfigError(
                f"cloud.image: {where.image} has TFX {source.line_of(where.image)}, and here is "
                f"TFX {source.LINE}: compile where the image's is installed, or name another image"
            )
        if submit and not config.cloud.project:
            raise settings.ConfigError("cloud.project: --submit needs one; give --project")
        file, job = _compile(config, where, target, output, cache=not no_cache)
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        named = error.filename or f"--output {output}"
        raise click.ClickException(f"{named}: {error.strerror or error}") from error
    click.echo(f"Compiled for {target}: {file}")
    if dry_run:
        project = f"Vertex AI, project {config.cloud.project or '-'}, {config.cloud.region}"
        receiver = project if target == "vertex" else f"Kubeflow at {endpoint or '-'}"
        click.echo("\n".join(describing.describe(job, where, receiver)))
        return
    try:
        if submit:
            watch = vertex.submit(file, job, config.cloud, where, schedule)
        elif endpoint:
            server = kubeflow.Server(endpoint, namespace, token or "")
            watch = kubeflow.submit(file, job, server, config.cloud.service_account, schedule)
        else:
            return
    except SubmitError as error:
        raise click.ClickException(str(error)) from error
    if schedule == NEVER:
        click.echo(f"No schedule: {config.name}")
    else:
        click.echo(f"{'Scheduled' if schedule else 'Started'}: {watch}")


def _check_use(
    target: Target, output: str, submit: bool, endpoint: str | None, schedule: str | None
) -> None:
    if endpoint and target != "kubeflow":
        raise click.UsageError("--endpoint is for --target kubeflow; Vertex AI wants --submit")
    if submit and target != "vertex":
        raise click.UsageError("--submit is for --target vertex; Kubeflow wants --endpoint URL")
    if schedule and not (submit or endpoint):
        raise click.UsageError("--schedule wants --submit or --endpoint URL")
    if schedule and schedule != NEVER and len(schedule.split()) != 5:
        raise click.UsageError(f"--schedule {schedule}: five fields, as in cron: '0 3 * * 0'")
    if target == "kubeflow" and not output.endswith((".yaml", ".yml")):
        raise click.UsageError(f"--output {output}: Kubeflow takes a .yaml file")


def _compile(config: settings.Config, where: Places, target: Target, output: str, cache: bool):
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)
    from pipeline.cloud.compiling import compile_pipeline

    return compile_pipeline(config, where, target, output, cache)


if __name__ == "__main__":
    main(auto_envvar_prefix=options.ENVIRONMENT)
