"""Runs a compiled pipeline on this machine, step by step, as a cluster's launcher does.

    .venv/bin/python -m tests.spec_runner pipeline.yaml FOLDER

Every container step runs in order, by the command and arguments of the specification, as a process
of its own in an empty folder, of the installed package and as another user (`tests/image.py`). What
it is told follows Kubeflow Pipelines' backend (`driver` and `launcher_v2`, 2.5): inputs have a
number for a name and no type, numbers come back as floats, the step's log is one more output,
metadata that is null is refused. Parameters of the run, their defaults, retries and the cache are
as there. `Vertex` differs where Vertex AI does.
"""

import graphlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests import image

Json = dict[str, Any]
Cache = dict[str, dict[str, "Json"]]  # outputs by what they depend on


class StepError(RuntimeError):
    """A step that failed, with the end of its log."""


class Kubeflow:
    """Open-source Kubeflow Pipelines, version 2."""

    succeeded, failed = "COMPLETE", "FAILED"  # what an exit handler is told

    def __init__(
        self,
        specification: Json,
        root: Path,
        package: Path,
        environment: Mapping[str, str],
        parameters: Mapping[str, Any] | None = None,
        cache: Cache | None = None,
    ):
        """Sets up a run.

        Args:
            specification: A PipelineSpec.
            root: A folder for artifacts, logs and the steps' working folders.
            package: The installed project, as `image.install` gives it.
            environment: Variables of the image.
            parameters: Of the run, where they differ from their defaults.
            cache: What earlier runs made, and this one will.
        """
        self._executors = specification["deploymentSpec"]["executors"]
        self._components = specification["components"]
        self._tasks, self._last = _taken_apart(specification)
        self._parameter_values = _given(specification, parameters or {})
        self.root = root
        self._package = package
        self._environment = environment
        self._cache = {} if cache is None else cache
        self._numbers = itertools.count(1 + 100 * len(self._cache))
        self.cached: list[str] = []
        self.outputs: dict[str, dict[str, Json]] = {}  # of each task: artifacts by key
        self.seconds: dict[str, float] = {}
        self.found_before: dict[str, dict[str, str]] = {}  # by hooks, of each task

    def run(self, *wanted: str) -> None:
        """Runs the tasks in order, and the exit handler whatever became of them.

        Args:
            *wanted: The tasks to run; all by default.

        Raises:
            StepError: If one fails.
        """
        state = self.failed
        try:
            self._run_tasks(wanted)
            state = self.succeeded
        finally:
            for name, task in self._last.items():
                (given,) = task["inputs"]["parameters"].values()
                status = {
                    "state": state,
                    "pipelineTaskName": given["taskFinalStatus"]["producerTask"],
                    "pipelineJobResourceName": "run-1",
                    "error": {},
                }
                container = self._container(task)
                told = {"inputs": {"parameterValues": {"status": status}}}
                self._execute(name, [*container["command"], *container["args"]], told)

    def _container(self, task: Json) -> Json:
        label = self._components[task["componentRef"]["name"]]["executorLabel"]
        container: Json = self._executors[label]["container"]
        return container

    def _run_tasks(self, wanted: tuple[str, ...]) -> None:
        for name in self.order():
            if wanted and name not in wanted:
                continue
            component = self._components[self._tasks[name]["componentRef"]["name"]]
            executor = self._executors[component["executorLabel"]]
            started = time.monotonic()
            if "container" in executor:
                self.outputs[name] = self._run_container(name, component, executor["container"])
            elif "importer" in executor:
                self.outputs[name] = self._import(component, executor["importer"])
            else:
                self.outputs[name] = self._resolve(executor)
            self.seconds[name] = time.monotonic() - started

    def order(self) -> list[str]:
        """Names the tasks, each after those it depends on."""
        graph = {
            name: {
                *task.get("dependentTasks", []),
                *(source["producerTask"] for source in _sources(task).values()),
            }
            for name, task in sorted(self._tasks.items())
        }
        return list(graphlib.TopologicalSorter(graph).static_order())

    def _import(self, component: Json, importer: Json) -> dict[str, Json]:
        described = component["outputDefinitions"]["artifacts"]
        uri = importer["artifactUri"]["constant"]
        kinds = {key: value["artifactType"] for key, value in described.items()}
        return {key: self._record(key, {"uri": uri, "type": kinds[key]}) for key in described}

    def _resolve(self, executor: Json) -> dict[str, Json]:
        raise NotImplementedError(f"Kubeflow has no such executor: {', '.join(executor)}")

    def _run_container(self, name: str, component: Json, container: Json) -> dict[str, Json]:
        task_root = Path(tempfile.mkdtemp(dir=self._made("artifacts", name)))  # salted, as there
        outputs = self._provision(task_root, component)
        output_file = self._output_file(task_root)
        told = {
            "inputs": {
                "parameterValues": self._parameters(name, component),
                "artifacts": self._inputs(name, component),
            },
            "outputs": {
                "artifacts": {key: {"artifacts": [value]} for key, value in outputs.items()},
                "outputFile": str(output_file),
            },
        }
        output_file.parent.mkdir(parents=True, exist_ok=True)
        self._before(name, container, told)
        same = json.dumps([container, told["inputs"]], sort_keys=True)
        caching = self._tasks[name].get("cachingOptions", {}).get("enableCache", False)
        if caching and same in self._cache:
            self.cached.append(name)
            return self._cache[same]
        self._try(name, container, told)
        said = json.loads(output_file.read_text())
        for key, value in outputs.items():
            for artifact in said.get("artifacts", {}).get(key, {}).get("artifacts", []):
                value["uri"] = artifact.get("uri") or value["uri"]
                value.setdefault("metadata", {}).update(artifact.get("metadata", {}))
        made = {key: self._record(key, value) for key, value in outputs.items()}
        if caching:
            self._cache[same] = made
        return made

    def _try(self, name: str, container: Json, told: Json) -> None:
        """Runs a step, again as often as its policy says."""
        tries = 1 + self._tasks[name].get("retryPolicy", {}).get("maxRetryCount", 0)
        for left in reversed(range(tries)):
            try:
                self._execute(name, [*container["command"], *container["args"]], told)
                return
            except StepError:
                if not left:
                    raise

    def _made(self, *names: str) -> Path:
        folder = self.root.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _execute(self, name: str, command: list[str], told: Json) -> None:
        filled = [word.replace("{{$}}", json.dumps(told)) for word in command]
        if left := [word for word in filled if "{{$" in word and word not in command]:
            raise StepError(f"{name}: a placeholder that is not understood: {left[0]}")
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._made("work")))
        log = self._made("logs") / f"{folder.name}.log"
        environment = {
            "HOME": "/home",
            "TMPDIR": str(self._made("tmp")),
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
            "PYTHONPATH": str(self._package),
            **self._environment,
        }
        filled = [*image.as_its_user(self.root), *filled]
        with open(log, "w") as file:
            done = subprocess.run(
                filled, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
        if done.returncode:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StepError(f"{name} ended with {done.returncode}; {log} ends:\n{end}")

    def _parameters(self, name: str, component: Json) -> Json:
        kinds = component.get("inputDefinitions", {}).get("parameters", {})
        values = {}
        for key, given in self._tasks[name].get("inputs", {}).get("parameters", {}).items():
            if "componentInputParameter" in given:
                value = self._parameter_values[given["componentInputParameter"]]
            else:
                value = given["runtimeValue"]["constant"]
            values[key] = value
            expected = str if kinds[key]["parameterType"] == "STRING" else (int, float)
            if not isinstance(value, expected):
                raise StepError(f"{name}: {key} is no {kinds[key]['parameterType']}: {value!r}")
        return values

    def _inputs(self, name: str, component: Json) -> Json:
        inputs = {}
        for key, source in _sources(self._tasks[name]).items():
            artifact = self.outputs[source["producerTask"]].get(source["outputArtifactKey"])
            found = [self._as_input(artifact, component, key)] if artifact else []
            inputs[key] = {"artifacts": found}
        return inputs

    def _provision(self, task_root: Path, component: Json) -> dict[str, Json]:
        described = component.get("outputDefinitions", {}).get("artifacts", {})
        outputs = {
            key: {"uri": str(task_root / key), "type": value["artifactType"]}
            for key, value in described.items()
        }
        return {**outputs, **self._own_outputs(task_root)}

    # What follows is what Vertex AI does otherwise.

    def _own_outputs(self, task_root: Path) -> dict[str, Json]:
        kind = {"schemaTitle": "system.Artifact"}
        return {"executor-logs": {"uri": str(task_root / "executor-logs"), "type": kind}}

    def _output_file(self, task_root: Path) -> Path:
        return task_root / "kfp_outputs" / "output_metadata.json"  # in a container: in /tmp

    def _before(self, name: str, container: Json, told: Json) -> None:
        """Kubeflow runs no hooks."""

    def _record(self, key: str, artifact: Json) -> Json:
        if nulls := [k for k, v in artifact.get("metadata", {}).items() if v is None]:
            raise StepError(f"{key}: the metadata store takes no null: {', '.join(nulls)}")
        metadata = {"display_name": key, "store_session_info": "{}"}
        metadata.update({k: _through_store(v) for k, v in artifact.get("metadata", {}).items()})
        return {"name": str(next(self._numbers)), "uri": artifact["uri"], "metadata": metadata}

    def _as_input(self, artifact: Json, component: Json, key: str) -> Json:
        return {**artifact, "type": {"instanceSchema": ""}}


class Vertex(Kubeflow):
    """Vertex AI Pipelines: types are named, hooks run, and artifacts can be looked up."""

    succeeded = "SUCCEEDED"

    def _resolve(self, executor: Json) -> dict[str, Json]:
        return {}  # there were no runs before

    def _own_outputs(self, task_root: Path) -> dict[str, Json]:
        return {}

    def _output_file(self, task_root: Path) -> Path:
        return task_root / "executor_output.json"

    def _before(self, name: str, container: Json, told: Json) -> None:
        if hook := container.get("lifecycle", {}).get("preCacheCheck"):
            self._execute(name, [*hook["command"], *hook["args"]], told)
            # What the hook found out is among what the cache goes by, and what the step is told.
            said = json.loads(Path(told["outputs"]["outputFile"]).read_text())
            told["inputs"]["parameterValues"].update(said["parameterValues"])
            self.found_before[name] = said["parameterValues"]

    def _record(self, key: str, artifact: Json) -> Json:
        name = f"projects/1/locations/x/metadataStores/default/artifacts/{next(self._numbers)}"
        return {**artifact, "name": name}

    def _as_input(self, artifact: Json, component: Json, key: str) -> Json:
        described = component["inputDefinitions"]["artifacts"]
        return {**artifact, "type": described[key]["artifactType"]}


def load(file: Path) -> Json:
    """Reads the PipelineSpec of a compiled pipeline.

    Args:
        file: YAML, or the JSON of a PipelineJob.

    Returns:
        The PipelineSpec.
    """
    document: Json = next(yaml.safe_load_all(file.read_text()))  # the second is Kubernetes'
    return document.get("pipelineSpec", document)


def _taken_apart(specification: Json) -> tuple[Json, Json]:
    """The tasks to run, and those that run when they are over.

    What comes before an exit handler is one task, which hands the run's parameters on.
    """
    tasks = specification["root"]["dag"]["tasks"]
    last = {name: task for name, task in tasks.items() if "triggerPolicy" in task}
    if not last:
        return tasks, {}
    ((name, group),) = ((n, task) for n, task in tasks.items() if n not in last)
    assert all(task["dependentTasks"] == [name] for task in last.values())
    component = specification["components"][group["componentRef"]["name"]]
    handed = group["inputs"]["parameters"]
    assert set(handed) == set(component["inputDefinitions"]["parameters"])
    assert all(given == {"componentInputParameter": key} for key, given in handed.items())
    return component["dag"]["tasks"], last


def _given(specification: Json, said: Mapping[str, Any]) -> Json:
    """The run's parameters: what was said, or else their defaults."""
    declared = specification["root"].get("inputDefinitions", {}).get("parameters", {})
    if unknown := set(said) - set(declared):
        raise StepError(f"the pipeline has no parameter {', '.join(sorted(unknown))}")
    return {name: said.get(name, given.get("defaultValue")) for name, given in declared.items()}


def _sources(task: Json) -> dict[str, Json]:
    artifacts = task.get("inputs", {}).get("artifacts", {})
    return {key: given["taskOutputArtifact"] for key, given in artifacts.items()}


def _through_store(value: Any) -> Any:
    """What the metadata store makes of a value."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, dict)):
        return {"list" if isinstance(value, list) else "struct": value}
    return value


def main() -> None:
    """Runs the file named on the command line, and says how long each step took."""
    file, root = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    kind = Vertex if file.suffix == ".json" else Kubeflow
    with tempfile.TemporaryDirectory() as folder:
        package = image.install(Path(folder))
        run = kind(load(file), root, package, {"TF_USE_LEGACY_KERAS": "0"})
        run.run()
    for name, seconds in run.seconds.items():
        print(f"{name:<42} {seconds:6.1f} s")
    print(run.outputs["Pusher"]["pushed_model"]["metadata"])


if __name__ == "__main__":
    main()
