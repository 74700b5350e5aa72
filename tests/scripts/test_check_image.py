import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts import check_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What Docker would be sent, and what tells it so."""
    for path in {*check_image.context(ROOT), "Dockerfile", ".dockerignore"}:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target)
    return tmp_path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_our_own_is_well() -> None:
    assert check_image.problems(ROOT) == []
    sent = check_image.context(ROOT)
    assert {
        "pyproject.toml",
        "uv.lock",
        "settings/presets/smoke.yaml",
        "models/training/adversarial/gan.py",
    } <= sent
    folders = {path.split("/")[0] for path in sent}
    assert not folders & {".git", ".venv", ".uv", "data", "tests", "docs", "output"}


def test_a_path_that_is_not_there_is_named(project: Path) -> None:
    replace(project / "Dockerfile", "COPY pyproject.toml uv.lock", "COPY pyproject.toml uv.lok")
    assert check_image.problems(project) == ["COPY uv.lok: there is no such file"]


def test_a_path_that_is_kept_out_is_named(project: Path) -> None:
    (project / ".dockerignore").write_text("uv.lock\nsettings/presets\n")
    found = check_image.problems(project)
    assert "COPY uv.lock: .dockerignore keeps it out" in found
    assert any(line.startswith("settings/presets/smoke.yaml: .dockerignore") for line in found)


@pytest.mark.parametrize("tag", ["", ":latest"])
def test_an_image_without_a_fixed_tag_is_named(project: Path, tag: str) -> None:
    replace(project / "Dockerfile", "python:3.10.19-slim-bookworm", f"python{tag}")
    assert check_image.problems(project) == [f"FROM python{tag}: name a tag other than latest"]


def test_pictures_that_would_be_sent_are_noticed(project: Path) -> None:
    (project / "photographs").mkdir()
    with open(project / "photographs" / "all.tar", "wb") as file:
        file.truncate(check_image.CONTEXT_LIMIT + 1)
    (problem,) = check_image.problems(project)
    assert "would be sent to Docker" in problem


def test_beam_in_the_image_is_the_one_that_is_locked() -> None:
    lines = check_image.instructions((ROOT / "Dockerfile").read_text())
    (image,) = [value.split()[0] for _, name, value in lines if "beam_python" in value]
    (locked,) = re.findall(
        r'^name = "apache-beam"\nversion = "(.+)"', (ROOT / "uv.lock").read_text(), re.MULTILINE
    )
    assert image == f"apache/beam_python3.10_sdk:{locked}"


def test_the_entry_tells_dataflow_from_a_command() -> None:
    entry = str(ROOT / "scripts" / "entrypoint.sh")
    done = subprocess.run([entry, "echo", "--id=1"], capture_output=True, text=True)
    assert done.stdout == "--id=1\n"
    done = subprocess.run([entry, "--id=1"], capture_output=True, text=True)
    assert "/opt/apache/beam/boot" in done.stderr  # which is in the image alone


def test_skaffold_builds_it_and_never_calls_it_latest() -> None:
    settings = yaml.safe_load((ROOT / "build.yaml").read_text())
    assert settings["apiVersion"] == "skaffold/v4beta14"
    (artifact,) = settings["build"]["artifacts"]
    assert (ROOT / artifact["context"] / artifact["docker"]["dockerfile"]).is_file()
    assert list(settings["build"]["tagPolicy"]) == ["gitCommit"]  # sha256 would be `latest`
    (patch,) = settings["profiles"][0]["patches"]
    names = [
        value.partition("=")[0]
        for _, name, value in check_image.instructions((ROOT / "Dockerfile").read_text())
        if name == "ARG"
    ]
    assert set(patch["value"]) <= set(names)
