import itertools
import re
import shutil
from pathlib import Path

import pytest
import yaml

import settings
from scripts import check_image, check_worker
from settings.places import places

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


def stage(name: str) -> dict[str, list[str]]:
    """What the Dockerfile says of a stage, with the stages that it is from."""
    lines = list(check_image.instructions((ROOT / "Dockerfile").read_text()))
    said: dict[str, list[str]] = {}
    for line in lines:
        if line.stage == name:
            said.setdefault(line.name, []).append(line.value)
    parent = said["FROM"][0].split()[0]
    if parent in {line.stage for line in lines}:
        for key, values in stage(parent).items():
            said[key] = values + said.get(key, [])
    return said


def test_a_gpus_driver_is_looked_for_where_clusters_mount_it() -> None:
    for name in ("outpainting", "worker"):
        words = " ".join(stage(name)["ENV"])
        assert "LD_LIBRARY_PATH=/usr/local/nvidia/lib64" in words
        assert "NVIDIA_VISIBLE_DEVICES=all" in words
        assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in words


def test_dataflows_workers_are_roots_and_nothing_else_is() -> None:
    worker, steps = stage("worker"), stage("outpainting")
    assert "USER" not in worker  # folders that Dataflow mounts are root's, and boot writes there
    assert worker["ENTRYPOINT"] == ['["/opt/apache/beam/boot"]']
    assert steps["USER"] == ["1000"]
    assert "ENTRYPOINT" not in steps  # a step's command is all that runs
    lines = list(check_image.instructions((ROOT / "Dockerfile").read_text()))
    assert lines[-1].stage == "outpainting"  # what is built unless a stage is named


def test_skaffold_builds_both_and_tags_them_as_the_pipeline_asks_for_them() -> None:
    built = yaml.safe_load((ROOT / "build.yaml").read_text())
    assert built["apiVersion"] == "skaffold/v4beta14"
    template = built["build"]["tagPolicy"]["envTemplate"]["template"]
    assert template == "{{.OUTPAINTING_TAG}}"
    said = ["cloud.project=mine", "cloud.data=[gs://d]", "beam.runner=dataflow"]
    where = places(settings.load("smoke", said), "vertex", "TAG")
    names = [f"{a['image']}:TAG" for a in built["build"]["artifacts"]]
    assert [image.rpartition("/")[2] for image in (where.image, where.worker)] == names
    stages = {line.stage for line in check_image.instructions((ROOT / "Dockerfile").read_text())}
    for artifact in built["build"]["artifacts"]:
        assert (ROOT / artifact["context"] / artifact["docker"]["dockerfile"]).is_file()
        assert artifact["docker"]["target"] in stages
        assert artifact["docker"]["buildArgs"] == {"TFX": "{{.OUTPAINTING_TFX}}"}
    (patch,) = built["profiles"][0]["patches"]
    arguments = [
        value.partition("=")[0]
        for _, name, value in check_image.instructions((ROOT / "Dockerfile").read_text())
        if name == "ARG"
    ]
    assert patch["path"].rpartition("/")[2] in arguments


def test_the_worker_is_started_as_its_stage_says() -> None:
    words = check_worker.command(["run", check_worker.IMAGE, "--id=1"], "/env", "/boot", "0")
    assert words[-3:] == ["/opt/apache/beam/boot", "--id=1", "--semi_persist_dir=/var/opt/google"]
    variables = dict(itertools.pairwise(words))
    assert variables["RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT"] == "1"
    assert variables["PATH"].startswith("/opt/outpainting/bin:")
    assert variables["PATH"].endswith("/usr/local/nvidia/bin")


@pytest.mark.parametrize("line", ["1.16", "1.21"])
def test_each_line_has_images_of_its_own_versions(line: str) -> None:
    lock = (ROOT / "uv.lock").read_text()
    versions = re.findall(r'^name = "apache-beam"\nversion = "([\d.]+)"', lock, re.M)
    bases = {
        found.stage: found.value.split()[0]
        for found in check_image.instructions((ROOT / "Dockerfile").read_text())
        if found.name == "FROM"
    }
    found = re.fullmatch(r"apache/beam_python([\d.]+)_sdk:([\d.]+)", bases[f"beam-{line}"])
    assert found
    python, beam = found.groups()
    assert beam in versions
    assert re.match(rf"python:{python}\.\d+-slim-", bases[f"slim-{line}"])
    assert bases[f"whole-{line}"] == bases[f"slim-{line}"].replace("-slim", "")
