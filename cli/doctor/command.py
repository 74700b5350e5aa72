"""`outpaint doctor`: what is installed, which devices and which model, and what is wrong."""

import json
import sys
from pathlib import Path

import click

_SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command(epilog="Exits with 0 if nothing is wrong, 1 if something is.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A SavedModel, or a serving folder.  [default: the one that comes with the package]",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def doctor(model: Path | None, as_json: bool) -> None:
    """Tell what is installed, which model there is, and what is wrong."""
    from rich.console import Console

    from cli.doctor import checks

    with Console(stderr=True).status("looking"):
        found = checks.examine(model)
    if as_json:
        click.echo(json.dumps([check._asdict() for check in found], indent=2))
    else:
        for check in found:
            sign, colour = _SIGNS[check.status]
            click.echo(f"{click.style(sign, fg=colour)} {check.name:<12}  {check.detail}")
            if check.remedy:
                click.echo(f"{'':<16}{check.remedy}")
    sys.exit(1 if any(check.status == "error" for check in found) else 0)
