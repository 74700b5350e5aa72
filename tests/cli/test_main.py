"""Checks that the `outpaint` group lists its commands and stays quick to start."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, LazyGroup, main

ROOT = Path(__file__).parents[2]
HEAVY = {"tensorflow", "tfx", "apache_beam", "cv2", "keras", "numpy", "PIL", "requests", "rich"}
LOADED_AFTER_HELP = """
import json, sys
from cli.main import main
try:
    main({args!r}, prog_name="outpaint")
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]))
"""


def _modules_after(*args: str) -> set[str]:
    script = LOADED_AFTER_HELP.format(args=list(args))
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    return set(modules)


def test_help_lists_every_command_with_its_help() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = dict(
        line.split(maxsplit=1)
        for line in result.output.partition("Commands:")[2].strip().split("\n")
    )
    assert listed.keys() == COMMANDS.keys()
    assert listed["data"] == "Get photographs to learn from, and compare sets."


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["data", "--help"],
        ["data", "fetch", "--help"],
        ["doctor", "--help"],
        ["evaluate", "--help"],
        ["export", "--help"],
        ["image", "--help"],
        ["runs", "--help"],
    ],
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    assert not HEAVY & _modules_after(*args)


def test_subcommands_are_not_imported_before_they_are_needed() -> None:
    modules = _modules_after("--version")
    assert not {target.split(":")[0] for target in COMMANDS.values()} & modules


def test_version_is_the_installed_one() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.output == f"outpaint, version {version('outpainting')}\n"


def test_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["no-such-command"])
    assert result.exit_code == 2
    assert "No such command 'no-such-command'" in result.output


def test_lazy_group_keeps_commands_added_directly() -> None:
    group = LazyGroup("group", lazy={"data": "cli.data.command:data"})
    group.add_command(click.Command("added"))
    context = click.Context(group)
    assert group.list_commands(context) == ["added", "data"]
    added = group.get_command(context, "added")
    assert added is not None
    assert added.name == "added"
