"""Starts a Dataflow worker as the image's stage `worker` says, where there is no Docker.

    .venv/bin/python scripts/check_worker.py ENVIRONMENT [--user 1000]

ENVIRONMENT stands for the image's /opt/outpainting. Beam's own boot program is built by Go from the
version that uv.lock has, and Beam's own runner starts it, as it would start a container: by a
`docker` that is this file, and that makes of the Dockerfile's lines a bubblewrap. As on Dataflow,
/var/opt belongs to root and boot keeps there what it is sent. Another --user shows why it is root.
"""

import argparse
import importlib.metadata
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BOOT = "github.com/apache/beam/sdks/v2/python/container"
IMAGE = "worker"
_STATE = "CHECK_WORKER_STATE"  # a folder: what the stand-in for Docker keeps


def build_boot(folder: Path) -> Path:
    """Builds Beam's boot program.

    Args:
        folder: Where it goes.

    Returns:
        The program.

    Raises:
        subprocess.CalledProcessError: If Go cannot build it.
    """
    version = importlib.metadata.version("apache-beam")
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
    subprocess.run(["go", "install", f"{_BOOT}@v{version}"], env=environment, check=True)
    return folder / "container"


def run(environment: Path, boot: Path, user: int) -> list[str]:
    """Runs a Beam pipeline whose worker is started by boot.

    Args:
        environment: What stands for /opt/outpainting.
        boot: Beam's boot program.
        user: Whom it runs as.

    Returns:
        What the worker says of itself: its code, its Python and its user.

    Raises:
        RuntimeError: If the worker does not start.
    """
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
    from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
    from apache_beam.transforms.environments import DockerEnvironment

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        docker = Path(folder, "docker")
        docker.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} --docker "$@"\n')
        docker.chmod(0o755)
        os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])
        os.environ[_STATE] = shlex.join([folder, str(environment), str(boot), str(user)])
        # Something to be staged, as Dataflow always has.
        options = PipelineOptions(["--save_main_session", f"--environment_config={IMAGE}"])
        worker = DockerEnvironment.from_options(options.view_as(PortableOptions))
        said = Path(folder, "said")
        with beam.Pipeline(runner=FnApiRunner(default_environment=worker), options=options) as p:
            _ = p | beam.Create([str(said)]) | beam.Map(_tell)
        return said.read_text().splitlines()


def _tell(file: str) -> None:
    import os
    import sys

    from pipeline import source

    with open(file, "w") as output:
        output.write(f"{source.code_hash()}\n{sys.executable}\n{os.getuid()}\n")


def _variables() -> Iterator[str]:
    """The variables that the worker's stage sets."""
    from scripts.check_image import instructions

    for stage, name, value in instructions((ROOT / "Dockerfile").read_text()):
        if stage == "runtime" and name == "ENV":
            yield from shlex.split(value)


def command(words: list[str], environment: str, boot: str, user: str) -> list[str]:
    """Makes of a container a bubblewrap.

    Args:
        words: What Docker is told.
        environment: What stands for /opt/outpainting.
        boot: Beam's boot program.
        user: Whom it runs as.

    Returns:
        A command.
    """
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for assigned in _variables():
        name, _, value = assigned.partition("=")
        variables[name] = value.replace("$PATH", variables["PATH"])
    sandbox = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--clearenv"]
    sandbox += ["--tmpfs", "/var/opt", "--tmpfs", "/opt", "--perms", "0777", "--tmpfs", "/home"]
    sandbox += ["--ro-bind", environment, "/opt/outpainting", "--bind", "/tmp", "/tmp"]
    sandbox += ["--ro-bind", boot, "/opt/apache/beam/boot", "--chdir", "/home"]
    for name, value in variables.items():
        sandbox += ["--setenv", name, value]
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    options = words[words.index(IMAGE) + 1 :]
    started = ["/opt/apache/beam/boot", *options, "--semi_persist_dir=/var/opt/google"]
    return [*sandbox, *as_user, *started]


def docker(words: list[str]) -> int:
    """Answers as `docker` does, as far as Beam asks it.

    Args:
        words: Its arguments.

    Returns:
        The exit status.
    """
    folder, *rest = shlex.split(os.environ[_STATE])
    log, noted = Path(folder, "log"), Path(folder, "pid")
    if words[0] == "run":
        with open(log, "w") as file:
            process = subprocess.Popen(
                command(words, *rest), stdout=file, stderr=file, start_new_session=True
            )
        noted.write_text(str(process.pid))
        print(process.pid)
    elif words[0] == "inspect":
        print("running" if Path(f"/proc/{noted.read_text()}/root").exists() else "exited")
    elif words[:2] == ["container", "logs"]:
        print(log.read_text())
    elif words[0] in ("kill", "stop"):
        os.killpg(int(noted.read_text()), signal.SIGTERM)
    return 1 if words[0] == "pull" else 0


def main() -> None:
    """Checks, or stands in for Docker."""
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--docker"]:
        sys.exit(docker(sys.argv[2:]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environment", type=Path)
    parser.add_argument("--user", type=int, default=0)
    parser.add_argument(
        "--boot", type=Path, help="Beam's boot program; built where it is not given"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        boot = given.boot or build_boot(Path(folder))
        code, python, user = run(given.environment.resolve(), boot, given.user)
    from pipeline import source

    assert code == source.code_hash(), f"the environment holds other code: {code}"
    print(f"ok: boot started a worker as user {user}, {python}, code {code}")


if __name__ == "__main__":
    main()
