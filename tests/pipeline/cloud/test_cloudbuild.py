"""Google's build, performed line by line with a `docker` that only notes what it is told."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import settings
from pipeline import source
from scripts import check_image
from settings.places import places

ROOT = Path(__file__).parents[3]
FILE = ROOT / "pipeline" / "cloud" / "cloudbuild.yaml"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path in ROOT.iterdir():
        if not path.name.startswith("."):
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


def perform(step: dict, checkout: Path, substitutions: dict[str, str], path: str) -> str:
    words = [step["entrypoint"], *step["args"]]
    for name, value in substitutions.items():
        words = [re.sub(rf"(?<!\$)\${name}\b", value, word) for word in words]
    words = [word.replace("$$", "$") for word in words]
    done = subprocess.run(
        words, cwd=checkout, env={"PATH": path}, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("extras", ["", "gpu"])
def test_the_images_are_those_that_the_pipeline_asks_for(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, extras: str
) -> None:
    build = yaml.safe_load(FILE.read_text())
    tag, images = build["steps"]
    tools = tmp_path_factory.mktemp("tools")
    (tools / "docker").write_text('#!/bin/sh\necho "$@"\n')
    # A bare Python, as in the step's image: nothing of ours is installed.
    (tools / "python").write_text(f'#!/bin/sh\nexec {sys._base_executable} -S "$@"\n')  # type: ignore[attr-defined]
    for tool in tools.iterdir():
        tool.chmod(0o755)
    given = {**build["substitutions"], "PROJECT_ID": "mine", "_EXTRAS": extras}
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    perform(tag, checkout, given, path)
    said = perform(images, checkout, given, path).splitlines()
    config = settings.load(
        "smoke", ["cloud.project=mine", "cloud.data=[gs://d]", "beam.runner=dataflow"]
    )
    where = places(config, "vertex", source.image_tag())
    line = f"--build-arg TFX={source.LINE}"
    assert said == [
        f"build {line} --build-arg EXTRAS={extras} --target outpainting --tag {where.image} .",
        f"build {line} --target worker --tag {where.worker} .",
        f"push {where.image}",
        f"push {where.worker}",
    ]


def test_stages_and_python_are_the_dockerfiles_and_the_tag_stays_out(tmp_path: Path) -> None:
    build = yaml.safe_load(FILE.read_text())
    lines = list(check_image.instructions((ROOT / "Dockerfile").read_text()))
    stages = {line.stage for line in lines}
    assert set(re.findall(r"--target (\S+)", build["steps"][1]["args"][1])) <= stages
    bases = {line.value.split()[0] for line in lines if line.name == "FROM"}
    python = build["steps"][0]["name"]
    named = {re.sub(r"slim-\w+$", "slim", base) for base in bases}
    versions = re.findall(r"_PYTHON[:=] ?([\d.]+)", FILE.read_text())
    assert len(set(versions)) == 2  # of both lines
    assert {python.replace("$_PYTHON", version) for version in versions} <= named
    # Were it sent, each build would begin with another context.
    for name in (".dockerignore", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".tag").touch()
    assert ".tag" not in check_image.context(tmp_path)


def test_the_workflow_runs_our_ci_on_our_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    (job,) = workflow["jobs"].values()
    (command,) = [step["run"] for step in job["steps"] if "run" in step]
    assert os.access(ROOT / command, os.X_OK)
    lowest = re.search(r'requires-python = ">=([\d.]+)', (ROOT / "pyproject.toml").read_text())
    assert lowest
    # Debian's glibc there is older than the newer line wants.
    assert re.fullmatch(rf"python:{lowest[1]}\.\d+-bookworm", job["container"]["image"])
    assert "--privileged" in job["container"]["options"]
    assert workflow["permissions"] == {"contents": "read"}
    assert all("@" in step["uses"] for step in job["steps"] if "uses" in step)
