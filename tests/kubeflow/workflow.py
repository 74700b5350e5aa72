"""Runs the workflow that Kubeflow's compiler makes, as Argo does: as much of Argo as it uses."""

import graphlib
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.image import user_1000, without_checkout

Json = dict[str, Any]
_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
_OUTPUTS = "outputs"  # below /tmp in a container
_LAUNCHER = "/kfp-launcher/launch"


class StepError(RuntimeError):
    """A container that failed, with the end of its log."""


class Container(NamedTuple):
    """What stands for one: programs, folders and variables, and user 1000."""

    driver: Path
    launcher: Path
    account: Path  # the service account's folder
    package: Path  # an environment that holds the project
    mounts: Mapping[str, Path]  # folders of the container
    environment: Mapping[str, str]
    addresses: Mapping[str, str]  # options of the driver, where it has them, for names of a cluster

    def words(self, scratch: Path) -> list[str]:
        """What comes before a command.

        Args:
            scratch: Its own folders: `/tmp`, and `/minio`, where the launcher puts artifacts.
        """
        own = {"tmp", "minio", "run", "var", "home"}
        own |= {folder.split("/")[1] for folder in self.mounts}
        words = [*user_1000(*own), "--tmpfs", "/home", *without_checkout()]
        for name in ("tmp", "minio"):
            (scratch / name).mkdir()
            words += ["--bind", str(scratch / name), f"/{name}"]
        for folder, place in self.mounts.items():
            words += ["--bind", str(place), folder]
        words += ["--ro-bind", str(self.launcher), _LAUNCHER]
        words += ["--ro-bind", str(self.driver), "/bin-driver/driver"]
        words += ["--ro-bind", str(self.package), "/package"]
        secrets = "/var/run/secrets/kubernetes.io/serviceaccount"
        return [*words, "--ro-bind", str(self.account), secrets, "--chdir", "/home"]


class Workflow:
    """A run of it."""

    def __init__(self, document: Json, container: Container, root: Path, uid: str):
        """Sets it up.

        Args:
            document: Argo's Workflow.
            container: What stands for one.
            root: A folder for logs and what containers write.
            uid: Of the run.
        """
        specification = document["spec"]
        self._templates = {each["name"]: each for each in specification["templates"]}
        self._entry = specification["entrypoint"]
        self._values = {"workflow.uid": uid, "workflow.name": "run"}
        for each in specification["arguments"]["parameters"]:
            self._values[f"workflow.parameters.{each['name']}"] = each["value"]
        self._container = container
        self._root = root
        self.pods: dict[str, Json] = {}  # by step, as the driver says what they are to be
        self.steps: list[str] = []  # that the launcher ran
        self.cached: list[str] = []

    def run(self) -> None:
        """Runs it to its end.

        Raises:
            StepError: If a container fails.
        """
        self._template(self._entry, self._entry, {})

    def _template(self, name: str, task: str, given: Mapping[str, str]) -> dict[str, str]:
        """Runs a template; gives its output parameters."""
        template = self._templates[name]
        values = dict(self._values)
        for each in template.get("inputs", {}).get("parameters", []):
            value = given.get(each["name"], each.get("value", each.get("default", "")))
            values[f"inputs.parameters.{each['name']}"] = value
        if "dag" in template:
            self._dag(template["dag"]["tasks"], task, values)
            return {}
        if patch := template.get("podSpecPatch"):
            self._step(task, json.loads(_filled(patch, values)))
            return {}
        return self._driver(task, template, values)

    def _dag(self, tasks: Sequence[Json], parent: str, values: dict[str, str]) -> None:
        by_name = {task["name"]: task for task in tasks}
        after = {
            name: set(re.findall(r"([\w-]+)\.Succeeded", task.get("depends", "")))
            for name, task in by_name.items()
        }
        for name in graphlib.TopologicalSorter(after).static_order():
            task = by_name[name]
            if not _holds(_filled(task.get("when", ""), values)):
                self.cached.append(parent)
                continue
            given = {
                each["name"]: _filled(each["value"], values)
                for each in task.get("arguments", {}).get("parameters", [])
            }
            shown = parent if name == "executor" else name
            for key, value in self._template(task["template"], shown, given).items():
                values[f"tasks.{name}.outputs.parameters.{key}"] = value

    def _driver(self, task: str, template: Json, values: dict[str, str]) -> dict[str, str]:
        outputs = template["outputs"]["parameters"]
        for each in outputs:
            values[f"outputs.parameters.{each['name']}.path"] = each["valueFrom"]["path"]
        words = [_filled(word, values) for word in template["container"]["args"]]
        for name, value in self._container.addresses.items():
            words += [name, value] * (name in words)  # the last one counts
        scratch = self._run(task, ["/bin-driver/driver", *words], {})
        found = {}
        for each in outputs:
            file = scratch / each["valueFrom"]["path"].removeprefix("/")
            found[each["name"]] = (
                file.read_text() if file.exists() else each["valueFrom"].get("default", "")
            )
        return found

    def _step(self, task: str, pod: Json) -> None:
        self.pods[task] = pod
        (container,) = (each for each in pod["containers"] if each["name"] == "main")
        variables = {e["name"]: e["value"] for e in container.get("env", []) if "value" in e}
        words = [*container.get("command", []), *container.get("args", [])]
        assert words[0] == _LAUNCHER
        known = {**self._container.environment, **variables}
        expanded = [re.sub(r"\$\((\w+)\)", lambda m: known.get(m[1], m[0]), w) for w in words]
        self._run(task, expanded, variables)
        self.steps.append(task)

    def _run(self, task: str, words: list[str], variables: Mapping[str, str]) -> Path:
        scratch = self._root / task
        scratch.mkdir(parents=True)
        log = scratch / "log"
        before = self._container.words(scratch)
        (scratch / "tmp" / _OUTPUTS).mkdir()
        environment = {**self._container.environment, **variables}
        with open(log, "w") as file:
            done = subprocess.run(
                [*before, *words], env=environment, stdout=file, stderr=subprocess.STDOUT
            )
        if done.returncode:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
            raise StepError(f"{task} ended with {done.returncode}; {log} ends:\n{end}")
        return scratch


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _holds(condition: str) -> bool:
    """Argo's `A != B`, the one form the compiler writes; nothing holds."""
    left, unequal, right = condition.partition(" != ")
    assert unequal or not condition, condition
    return not unequal or left != right
