"""`outpaint doctor`: what it finds on this machine, and what it says of what is wrong."""

import json
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.doctor import checks
from cli.main import main
from tests.serving.plain_model import write_plain_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving")
    write_plain_model(folder / "7", 0.5)
    return folder


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["doctor", *map(str, args)])


def test_all_is_well_with_a_model_that_works(model: Path) -> None:
    result = run("--model", model, "--json")
    assert result.exit_code == 0, result.output
    found = {check["name"]: check for check in json.loads(result.stdout)}
    assert found["tensorflow"]["detail"] == metadata.version("tensorflow")
    assert found["python"]["status"] == "ok"
    assert found["model"]["detail"].startswith(f"version 7, {model / '7'}, ")
    assert found["model"]["detail"].endswith(" ms a canvas")
    lines = run("--model", model).output.splitlines()
    assert [line.split()[:2] for line in lines if line[0] in "✓!✗"] == [
        ["✓" if check["status"] == "ok" else "!", name] for name, check in found.items()
    ]


def test_a_broken_version_is_a_warning_and_the_one_before_is_used(model: Path) -> None:
    broken = model / "8"
    broken.mkdir()
    (broken / "saved_model.pb").write_bytes(b"nonsense")
    result = run("--model", model)
    assert result.exit_code == 0
    assert f"{broken}: cannot be loaded, passed over" in result.output
    assert "remove it, or push the model again" in result.output
    assert "version 7" in result.output


def test_a_model_card_is_named(model: Path) -> None:
    card = model / "CARD.md"
    card.write_text("what it is")
    result = run("--model", model)
    card.unlink()
    assert f" ms a canvas, card {card}\n" in result.output


def test_no_model_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    result = run("--model", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert f"✗ model         {tmp_path / 'nowhere'}: no such folder" in result.output
    assert "run `make run`, and give --model output/serving" in result.output


def test_a_package_that_is_missing_is_an_error(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"uvicorn": ("no_such_module", "the web page")}
    monkeypatch.setattr(checks, "_NEEDED", checks._NEEDED | missing)
    result = run("--model", model)
    assert result.exit_code == 1
    assert "✗ uvicorn       cannot be imported: No module named 'no_such_module'" in result.output
    assert "needed for the web page; run `make setup`" in result.output
