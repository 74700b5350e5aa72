"""The `outpaint` command: a group that imports each subcommand only when it is needed."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

# Command name -> "module:attribute". `--help` imports these modules for their one-line help, so
# each must stay light: TensorFlow, TFX and the like are imported inside its functions.
COMMANDS: Mapping[str, str] = {
    "data": "cli.data.command:data",
    "doctor": "cli.doctor.command:doctor",
    "evaluate": "cli.evaluate:evaluate",
    "export": "cli.export:export",
    "image": "cli.image.command:image",
    "prune": "cli.prune:prune",
    "rollback": "cli.rollback:rollback",
    "runs": "cli.runs.command:runs",
    "serve": "cli.serve:serve",
}


class LazyGroup(click.Group):
    """A click group whose subcommands are imported by name on first use."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        """Makes the group.

        Args:
            *args: Passed on to click.Group.
            lazy: The subcommands, as name -> "module:attribute".
            **kwargs: Passed on to click.Group.
        """
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names every subcommand without importing any.

        Args:
            ctx: The context of the call.

        Returns:
            The names, sorted.
        """
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Finds a subcommand, importing its module.

        Args:
            ctx: The context of the call.
            cmd_name: The subcommand's name.

        Returns:
            The command, or None where there is none of that name.
        """
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, attribute = self.lazy[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, lazy=COMMANDS)
@click.version_option(package_name="outpainting", prog_name="outpaint")
def main() -> None:
    """Image outpainting: fetch the data, train the model, use it."""


if __name__ == "__main__":
    main(prog_name="outpaint")
