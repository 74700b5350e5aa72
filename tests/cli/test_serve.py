"""`outpaint serve` starts, says where, serves, and stops at Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from cli.main import main
from serving.settings import Settings
from serving.web.settings import WebSettings
from tests.patience import PATIENCE
from tests.serving.plain_model import write_plain_model

ROOT = Path(__file__).parents[2]


def test_it_serves_until_it_is_stopped(tmp_path: Path) -> None:
    write_plain_model(tmp_path / "serving" / "3", 0.5)
    command = [sys.executable, "-m", "cli.main", "serve", "--port", "0"]
    environment = {**os.environ, "OUTPAINT_MODEL": str(tmp_path / "serving")}
    environment |= {"OUTPAINT_API_KEY": "k", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        said = process.stdout.readline()
        found = re.fullmatch(r"Outpainting, model 3: (http://127\.0\.0\.1:\d+)\n", said)
        assert found
        url = found[1]
        assert requests.get(f"{url}/readyz", timeout=PATIENCE).json()["version"] == "3"
        assert requests.get(f"{url}/v1/models", timeout=PATIENCE).status_code == 401
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert rest == ""
    first, logged, last = errors.splitlines()
    assert (first, last) == ("Loading the model", "Stopped")
    assert "127.0.0.1 GET /v1/models 401 " in logged
    assert [path.name for path in tmp_path.iterdir()] == ["serving"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "99999"], "--port"),
        (["--rate-limit", "often"], "--rate-limit"),
        (["--max-bytes", "0"], "--max-bytes"),
        (["--model", "/nowhere/at/all"], "--model"),
        (["--api-key", "ö"], "--api-key"),
    ],
)
def test_wrong_settings_are_named(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == 2
    assert told in result.output


def test_a_folder_without_a_model_and_a_taken_port_are_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--model", str(tmp_path)])
    assert result.exit_code == 1
    assert f"Error: {tmp_path}: " in result.output
    write_plain_model(tmp_path / "1", 0.5)
    result = CliRunner().invoke(
        main, ["serve", "--model", str(tmp_path), "--host", "203.0.113.1", "--port", "8080"]
    )
    assert result.exit_code == 1
    assert "cannot listen on 203.0.113.1:8080" in result.output


def test_every_setting_is_a_flag_and_a_variable() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"], terminal_width=200).output
    for name in {**WebSettings.model_fields, **Settings.model_fields}:
        assert f"--{name.replace('_', '-')}" in text
        assert f"OUTPAINT_{name.upper()}" in text
