"""The options that both runners take. Light to import."""

import shlex
from collections.abc import Sequence
from typing import Any, get_args

import click

import settings
from settings.beam import Runner

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
ENVIRONMENT = "OUTPAINTING"  # each option may come from there, as OUTPAINTING_PRESET and so on


class Words(click.ParamType):
    """Text; several from the environment are parted by spaces and quoted as in a shell."""

    name = "text"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Takes what a variable of the environment holds apart.

        Args:
            rv: The variable's value.

        Returns:
            The words.

        Raises:
            UsageError: If a quote is not closed.
        """
        try:
            return shlex.split(rv)
        except ValueError as error:
            raise click.UsageError(f"{rv}: {error}; quote as in a shell") from error


class Files(click.Path):
    """Files and folders that are there; several from the environment as for `Words`."""

    split_envvar_value = Words.split_envvar_value


preset = click.option(
    "--preset",
    default=settings.DEFAULT_PRESET,
    show_default=True,
    help=f"{', '.join(settings.presets())}, or a YAML file of settings.",
)
tune = click.option(
    "--tune", is_flag=True, help="Search for better hyperparameters before training."
)


beam_runner = click.option(
    "--beam-runner",
    type=click.Choice(get_args(Runner)),
    help="Engine of the components that use Apache Beam, settings beam.*.  [default: local, within "
    "each component]",
)


def overrides(example: str) -> Any:
    """Makes the option that changes single settings.

    Args:
        example: For its help, such as `training.batch_size=16`.

    Returns:
        A decorator; the command is given `overrides`.
    """
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        type=Words(),
        envvar=f"{ENVIRONMENT}_SET",  # by itself it would be called after the parameter
        metavar="SETTING=VALUE",
        help=f"Override a setting, such as {example}; may be given several times.",
    )


def load(
    preset: str, overrides: Sequence[str], tune: bool, beam_runner: str | None
) -> settings.Config:
    """Loads the settings that the options ask for.

    Args:
        preset: As given.
        overrides: As given, or as follows from other options.
        tune: As given.
        beam_runner: As given.

    Returns:
        The settings.

    Raises:
        ConfigError: As for `settings.load`; or if the engine lacks a setting.
    """
    said = [*["tuner.enabled=true"] * tune]
    if beam_runner:
        said.append(f"beam.runner={beam_runner}")
    config = settings.load(preset, [*overrides, *said])
    config.beam.check(config.beam_args)
    return config
