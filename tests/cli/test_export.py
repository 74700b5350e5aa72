"""Checks `outpaint export`: what it takes, what it writes and what it says."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, args)])


@pytest.fixture
def serving(saved_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A serving folder of three versions, the newest of which alone can be converted."""
    folder = tmp_path / "output" / "serving"
    shutil.copytree(saved_model, folder / "10")
    for other in ("2", "9", "notes", "11-temporary"):
        (folder / other).mkdir()
    (folder / "12").write_text("no folder")
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_folder_without_versions_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "variables").mkdir()
    (tmp_path / "3").touch()
    result = run("--model", tmp_path, "--format", "onnx")
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith(f"Error: {tmp_path}: neither a SavedModel")
    assert line.endswith("run the pipeline first")


# What the converters import.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("file_format", ["tflite", "onnx"])
def test_newest_model_of_a_serving_folder_is_written(
    serving: Path, tmp_path: Path, file_format: str
) -> None:
    result = run("--model", "output/serving", "--format", file_format)
    assert result.exit_code == 0, result.output
    file = tmp_path / f"outpainting.{file_format}"
    size = file.stat().st_size
    assert size > 1000
    assert result.output.startswith(
        f"outpainting.{file_format}: {size / 1e6:.1f} MB, from output/serving/10, at most 0.0"
    )
    assert sorted(os.listdir(tmp_path)) == [file.name, "output"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_output_goes_where_it_is_wanted(saved_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.bin"
    result = run("--model", saved_model, "--format", "tflite", "--output", file)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{file}: ")
    assert f" MB, from {saved_model}, at most " in result.output
    assert file.read_bytes()[4:8] == b"TFL3"


def test_a_model_that_cannot_be_read_is_an_error_of_one_line(serving: Path, tmp_path: Path) -> None:
    (serving / "11").mkdir()
    result = run("--model", "output/serving", "--format", "onnx")
    assert result.exit_code == 1
    assert result.output == "Error: output/serving/11: no SavedModel of this pipeline\n"
    assert os.listdir(tmp_path) == ["output"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--model", "."], "Missing option '--format'"),
        (["--format", "zip"], "'zip' is not one of 'tflite', 'onnx'"),
        (["--format", "onnx", "--model", "nowhere"], "'nowhere' does not exist"),
        (["--format", "onnx", "--model", "a-file"], "'a-file' is a file"),
        (["--format", "onnx", "--model", ".", "--output", "."], "'.' is a directory"),
    ],
)
def test_wrong_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").touch()
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.output
