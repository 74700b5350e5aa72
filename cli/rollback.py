"""`outpaint rollback`: the version of a model before, on this machine or on an endpoint."""

from pathlib import Path

import click

from cli import output_option
from pipeline import options

_WITHDRAWN = "withdrawn"  # beside `serving`: versions that are no longer served


@click.command()
@click.option("--to", "version", help="The version to serve.  [default: the one before]")
@output_option.output
@click.option("--endpoint", help="Roll back this Vertex AI endpoint, not a folder.")
@click.option("--project", help="Google Cloud project of the endpoint.")
@click.option("--region", help="Region of the endpoint.  [default: us-central1]")
@options.preset
@options.overrides("cloud.endpoint.keep=1")
def rollback(
    version: str | None,
    output: Path,
    endpoint: str | None,
    project: str | None,
    region: str | None,
    preset: str,
    overrides: tuple[str, ...],
) -> None:
    """Serve the pushed version before, or the one that --to names.

    In a folder, newer versions move from OUTPUT/serving to OUTPUT/withdrawn; whoever serves the
    folder changes over by itself, and --to brings one back. An endpoint gives all requests to the
    version, which is deployed again if it no longer is; --preset and --set are for that alone.
    """
    import settings

    try:
        if not endpoint:
            before, after = _roll_back_folder(output, version)
            click.echo(f"{output / 'serving'}: {after} is served, and no longer {before}")
            return
        said = {"endpoint.name": endpoint, "project": project, "region": region}
        words = [f"cloud.{name}={value}" for name, value in said.items() if value]
        config = settings.load(preset, [*overrides, *words])
        if not config.cloud.project:
            raise settings.ConfigError("cloud.project: an endpoint needs one; give --project")
        before, after = _roll_back_endpoint(config, version)
        click.echo(f"{endpoint}: {after} has all requests; {before} had most")
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error


def _roll_back_folder(output: Path, version: str | None) -> tuple[str, str]:
    from settings import ConfigError

    serving, withdrawn = output / "serving", output / _WITHDRAWN
    served, aside = _versions(serving), _versions(withdrawn)
    if not served:
        raise ConfigError(f"{serving}: no pushed version there; name the folder with --output")
    target = version or (served[-2] if len(served) > 1 else "")
    if target not in [*served, *aside]:
        wanted = f"version {version}" if version else f"version before {served[-1]}"
        there = ", ".join(sorted({*served, *aside}, key=int))
        raise ConfigError(f"{serving}: no {wanted}; there are {there}")
    withdrawn.mkdir(exist_ok=True)
    if target in aside:
        (withdrawn / target).rename(serving / target)
    for newer in served:
        if int(newer) > int(target):
            (serving / newer).rename(withdrawn / newer)
    return served[-1], target


def _versions(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted((p.name for p in folder.iterdir() if p.name.isdecimal()), key=int)


def _roll_back_endpoint(config, version: str | None) -> tuple[str, str]:
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    from pipeline.cloud.endpoint import deploying

    try:
        return deploying.roll_back(config.cloud, config.name, version)
    except (GoogleAPIError, GoogleAuthError) as error:
        raise click.ClickException(f"Vertex AI, project {config.cloud.project}: {error}") from error
