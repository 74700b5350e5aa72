"""Container steps as processes of this machine, each as another user and with a disk of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests import image
from tests.spec_runner import object_store
from tests.spec_runner.specification import Json


class StepError(RuntimeError):
    """A step that failed, with the end of its log."""


class Steps:
    """Runs them, and keeps what they made and said."""

    def __init__(self, root: Path, package: Path, environment: Mapping[str, str]):
        """Says of what.

        Args:
            root: A folder for artifacts, logs and the steps' working folders.
            package: An environment that holds the project, as `image.install` gives it.
            environment: Variables of the image.
        """
        self.root = root
        self.store = object_store.ObjectStore(root / "store")
        self._package = package
        self._environment = environment

    def folder_for(self, name: str) -> Path:
        """Makes a folder for what a step makes, salted as there.

        Args:
            name: Of the step.
        """
        return Path(tempfile.mkdtemp(dir=self._made("artifacts", name)))

    def execute(self, name: str, command: list[str], told: Json, tries: int = 1) -> None:
        """Runs a step, again where it fails.

        Args:
            name: Of the step.
            command: With a placeholder for what it is told.
            told: What the launcher tells it.
            tries: How often at most.

        Raises:
            StepError: If it fails every time, or has a placeholder that is not understood.
        """
        filled = [word.replace("{{$}}", json.dumps(told)) for word in command]
        if left := [word for word in filled if "{{$" in word and word not in command]:
            raise StepError(f"{name}: a placeholder that is not understood: {left[0]}")
        for left in reversed(range(tries)):
            try:
                self._try(name, filled, told)
                return
            except StepError:
                if not left:
                    raise

    def _try(self, name: str, command: list[str], told: Json) -> None:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._made("work")))
        log = self._made("logs") / f"{folder.name}.log"
        environment = {
            "HOME": "/home",
            "TMPDIR": str(self._made("tmp")),
            "PATH": os.pathsep.join([str(self._package / "bin"), os.environ["PATH"]]),
            **self._environment,
        }
        disk = self._made("disks", folder.name)
        self.store.fetch(told, disk)
        command = [*image.as_its_user(self.root, {object_store.MOUNT: disk}), *command]
        with open(log, "w") as file:
            done = subprocess.run(
                command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
        if done.returncode:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StepError(f"{name} ended with {done.returncode}; {log} ends:\n{end}")
        self.store.keep(told, disk)
        shutil.rmtree(disk)

    def _made(self, *names: str) -> Path:
        folder = self.root.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder
