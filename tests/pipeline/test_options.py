"""What the environment says to the runners."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import kubeflow_dag_runner
import local_runner
from pipeline import options


@click.command()
@click.option("--data", multiple=True, type=options.Files(exists=True))
@options.overrides("a=1")
def command(data: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    click.echo([*data])
    click.echo([*overrides])


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(
        command, arguments, env=environment, auto_envvar_prefix=options.ENVIRONMENT
    )


def test_settings_and_photographs_are_words_as_in_a_shell(tmp_path: Path) -> None:
    folders = [tmp_path / "with space", tmp_path / "plain"]
    for folder in folders:
        folder.mkdir()
    done = invoke(
        OUTPAINTING_SET="training.batch_size=16 'cloud.data=[gs://a, gs://b]'",
        OUTPAINTING_DATA=f"'{folders[0]}' {folders[1]}",
    )
    assert done.output.splitlines() == [
        str([str(folder) for folder in folders]),
        str(["training.batch_size=16", "cloud.data=[gs://a, gs://b]"]),
    ]


def test_what_is_on_the_command_line_wins() -> None:
    done = invoke("--set", "training.seed=2", OUTPAINTING_SET="training.seed=1")
    assert done.output.splitlines()[1] == "['training.seed=2']"


def test_a_quote_that_is_not_closed_is_a_clear_error() -> None:
    done = invoke(OUTPAINTING_SET="'training.seed=1")
    assert done.exit_code == 2
    assert "quote as in a shell" in done.output


def test_photographs_that_are_not_there_are_named() -> None:
    assert "'no-such' does not exist" in invoke(OUTPAINTING_DATA="no-such").output


@pytest.mark.parametrize("main", [local_runner.main, kubeflow_dag_runner.main])
def test_both_runners_read_settings_and_photographs_alike(main: click.Command) -> None:
    by_name = {option.name: option for option in main.params}
    assert by_name["overrides"].envvar == "OUTPAINTING_SET"
    assert by_name["data"].type.split_envvar_value("a 'b c'") == ["a", "b c"]


def test_the_folder_of_runs_is_not_the_file_that_is_compiled() -> None:
    by_name = {option.name: option for option in kubeflow_dag_runner.main.params}
    output = by_name["output"]
    assert isinstance(output, click.Option)
    assert not output.allow_from_autoenv
