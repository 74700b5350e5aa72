"""Checks the Dockerfile where there is no Docker.

    .venv/bin/python scripts/check_image.py              # paths, tags, what goes in; a second
    .venv/bin/python scripts/check_image.py --install    # and the install, in a clean folder

The second does what the build stage does, by the Dockerfile's own lines, and tries the result
from an empty folder; where there are Go and bubblewrap, Beam's boot starts a Dataflow worker in it.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from docker.utils.build import exclude_paths

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline import source  # noqa: E402 - of this checkout

CONTEXT_LIMIT = 32_000_000  # bytes; the model that ships is 27 MB of them
_INSTALLED = (".py", ".yaml", ".html", ".pbtxt")
_TRIALS = (
    ["outpaint", "--help"],
    ["python", "-m", "pipeline.cloud.step", "--help"],
    ["python", "-c", "import settings; settings.load('smoke')"],
    ["python", "-c", "import local_runner, kubeflow_dag_runner, models.trainer, pipeline.pipeline"],
)


class Instruction(NamedTuple):
    """A line of a Dockerfile, with those that it goes on in."""

    stage: str
    name: str
    value: str


def instructions(text: str) -> Iterator[Instruction]:
    """Takes a Dockerfile apart.

    Args:
        text: Its text.

    Yields:
        Its instructions, each with the stage it is in.
    """
    stage = ""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "FROM":
            stage = value.rpartition(" AS ")[2] if " AS " in value else "last"
        if name:
            yield Instruction(stage, name, value.strip())


def context(root: Path) -> set[str]:
    """Lists the files that Docker would be sent.

    Args:
        root: The folder of Dockerfile and .dockerignore.

    Returns:
        Paths relative to it.
    """
    patterns = [
        line.strip()
        for line in (root / ".dockerignore").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    paths = exclude_paths(str(root), patterns, "Dockerfile")
    return {path for path in paths if (root / path).is_file()}


def problems(root: Path) -> list[str]:
    """Looks for what would make a build fail, or the image other than it should be.

    Args:
        root: The folder of the Dockerfile.

    Returns:
        A line for each; none if all is well.
    """
    found = []
    sent = context(root)
    stages = set()
    arguments: dict[str, str] = {}
    for stage, name, value in instructions((root / "Dockerfile").read_text()):
        if name == "ARG" and not stage:
            arguments |= dict([value.split("=", 1)])
        if name == "FROM":
            image = Template(value.split()[0]).safe_substitute(arguments)
            tag = image.rpartition("/")[2].partition(":")[2]
            if image not in stages and (not tag or tag == "latest"):
                found.append(f"FROM {image}: name a tag other than latest")
            stages.add(stage)
        elif name in ("COPY", "ADD") and "--from=" not in value:
            for source in value.split()[:-1]:
                path = os.path.normpath(source)
                if not (root / path).exists():
                    found.append(f"{name} {source}: there is no such file")
                elif path != "." and not any(
                    file == path or file.startswith(f"{path}/") for file in sent
                ):
                    found.append(f"{name} {source}: .dockerignore keeps it out")
    found += [
        f"{path}: .dockerignore keeps it out, and it is installed" for path in _kept_out(root, sent)
    ]
    size = sum((root / path).stat().st_size for path in sent)
    if size > CONTEXT_LIMIT:
        found.append(f"{size / 1e6:.0f} MB would be sent to Docker: add to .dockerignore")
    return found


def install(root: Path) -> None:
    """Installs as the build stage does, in a clean folder, and tries the result.

    Args:
        root: The folder of the Dockerfile.

    Raises:
        subprocess.CalledProcessError: If something fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, environment = Path(folder, "src"), Path(folder, "environment")
        for path in sorted(context(root)):
            target = source / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, target)
        ours = {
            "UV_PROJECT_ENVIRONMENT": str(environment),
            "UV_PYTHON": f"{sys.base_prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}",
            "UV_LINK_MODE": "hardlink",
            "PATH": os.pathsep.join([str(root / ".uv" / "bin"), os.environ["PATH"]]),
        }
        variables = _clean_environment()
        for stage, name, value in instructions((root / "Dockerfile").read_text()):
            if stage == "build" and name in ("ARG", "ENV"):
                variables |= dict(word.split("=", 1) for word in shlex.split(value))
            if (stage, name) == ("build", "RUN"):
                started = time.monotonic()
                subprocess.run(["sh", "-euc", value], cwd=source, env=variables | ours, check=True)
                print(f"{time.monotonic() - started:6.0f} s  {value}")
        shutil.rmtree(source)  # the image's last stage has the environment alone
        empty = Path(folder, "empty")
        empty.mkdir()
        ours["PATH"] = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
        for trial in _TRIALS:
            subprocess.run(
                trial, cwd=empty, env=variables | ours, check=True, stdout=subprocess.DEVNULL
            )
            print(f"      ok  {' '.join(trial)}")
        _compare_code(empty, variables | ours)
        if shutil.which("go") and shutil.which("bwrap"):
            worker = [sys.executable, str(root / "scripts" / "check_worker.py"), str(environment)]
            subprocess.run(worker, check=True)
        else:
            print("no worker was started: there is no go or no bwrap")
        size = subprocess.run(["du", "-sm", environment], capture_output=True, text=True)
        print(f"{size.stdout.split()[0]} MB installed")


def _compare_code(folder: Path, variables: Mapping[str, str]) -> None:
    """A step compares what it finds in the image with what the pipeline was compiled from."""
    words = ["python", "-c", "from pipeline import source; print(source.code_hash())"]
    found = subprocess.run(
        words, cwd=folder, env=variables, check=True, capture_output=True, text=True
    ).stdout.strip()
    expected = source.code_hash()
    if found != expected:
        raise RuntimeError(f"installed is code {found}, and here is code {expected}")
    print(f"      ok  code {found}, as here")


def _kept_out(root: Path, sent: set[str]) -> Iterator[str]:
    """Files of the packages in pyproject.toml that are not sent."""
    text = (root / "pyproject.toml").read_text()
    (packages,) = re.findall(r"packages\.find\]\ninclude = \[\n(.*?)^\]", text, re.M | re.S)
    for package in re.findall(r'"(\w+)\*"', packages):
        for file in sorted((root / package).rglob("*")):
            path = str(file.relative_to(root))
            if file.suffix in _INSTALLED and path not in sent:
                yield path


def _clean_environment() -> dict[str, str]:
    kept = {"HOME", "LANG", "SSL_CERT_FILE", "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_INDEX_URL"}
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or name.lower().endswith("_proxy")
    }


def main() -> None:
    """Checks, and installs where it is asked to."""
    found = problems(ROOT)
    if found:
        sys.exit("\n".join(found))
    print(f"{len(context(ROOT))} files would be sent to Docker; nothing is missing")
    if "--install" in sys.argv[1:]:
        install(ROOT)


if __name__ == "__main__":
    main()
