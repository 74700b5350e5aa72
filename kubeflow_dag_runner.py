"""Compiles the pipeline for Vertex AI or Kubeflow, and starts it there; the `tfx` command's entry.

    tfx pipeline create --engine vertex --pipeline_path kubeflow_dag_runner.py
    python kubeflow_dag_runner.py --target kubeflow --output pipeline.yaml

The first takes its options from the environment. See docs/cloud.md.
"""

import logging
import warnings

import click

import settings
from models import runtime
from pipeline import options
from pipeline.cloud import submitting
from settings.cloud import Places, Target, places

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
    "--data", multiple=True, help="Folder of photographs or .tar archive, such as gs://BUCKET/x."
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
    "[default: REGION-docker.pkg.dev/PROJECT/outpainting/outpainting:VERSION]",
)
@click.option("--service-account", help="Whom the steps run as.  [default: the platform's]")
@options.overrides("cloud.trainer.accelerator=NVIDIA_L4")
@options.tune
@click.option(
    "--output",
    type=click.Path(dir_okay=False),
    help="File to write.  [default: pipeline.json for Vertex AI, pipeline.yaml for Kubeflow]",
)
@click.option("--submit", is_flag=True, help="Start a run on Vertex AI.")
@click.option("--endpoint", help="Upload to the Kubeflow Pipelines at this URL and start a run.")
@click.option("--namespace", default="", help="Yours, on a Kubeflow of several users.")
@click.option("--token", help="Bearer token for a Kubeflow behind a login.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent.")
def main(
    target: Target,
    preset: str,
    data: tuple[str, ...],
    overrides: tuple[str, ...],
    tune: bool,
    output: str | None,
    submit: bool,
    endpoint: str | None,
    namespace: str,
    token: str | None,
    dry_run: bool,
    **cloud: str | None,
):
    """Compile the pipeline for Vertex AI or Kubeflow, and start it there.

    Compiling needs no cloud. Each option may also come from the environment, as
    OUTPAINTING_PROJECT and so on.
    """
    if endpoint and target != "kubeflow":
        raise click.UsageError("--endpoint is for --target kubeflow; Vertex AI wants --submit")
    if submit and target != "vertex":
        raise click.UsageError("--submit is for --target vertex; Kubeflow wants --endpoint URL")
    said = [f"cloud.{key}={value}" for key, value in cloud.items() if value]
    said += [f"cloud.data={list(data)}"] * bool(data)
    output = output or ("pipeline.json" if target == "vertex" else "pipeline.yaml")
    if target == "kubeflow" and not output.endswith((".yaml", ".yml")):
        raise click.UsageError(f"--output {output}: Kubeflow takes a .yaml file")
    try:
        config = options.load(preset, [*overrides, *said], tune)
        where = places(config.cloud, config.name, target)
        if submit and not config.cloud.project:
            raise settings.ConfigError("cloud.project: --submit needs one; give --project")
        file, job = _compile(config, where, target, output)
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Compiled for {target}: {file}")
    if dry_run:
        vertex = f"Vertex AI, project {config.cloud.project or '-'}, {config.cloud.region}"
        receiver = vertex if target == "vertex" else f"Kubeflow at {endpoint or '-'}"
        click.echo("\n".join(submitting.describe(job, where, receiver)))
        return
    try:
        if submit:
            click.echo(f"Started: {submitting.to_vertex(file, job, config.cloud, where)}")
        if endpoint:
            server = submitting.Server(endpoint, namespace, token or "")
            account = config.cloud.service_account
            click.echo(f"Started: {submitting.to_kubeflow(file, job, server, account)}")
    except submitting.SubmitError as error:
        raise click.ClickException(str(error)) from error


def _compile(config: settings.Config, where: Places, target: Target, output: str):
    runtime.prepare_tensorflow()
    warnings.simplefilter("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)
    from pipeline.cloud.compiling import compile_pipeline

    return compile_pipeline(config, where, target, output)


if __name__ == "__main__":
    main(auto_envvar_prefix=options.ENVIRONMENT)
