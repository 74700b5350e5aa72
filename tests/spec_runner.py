"""Runs a compiled pipeline on this machine, step by step, as a cluster's launcher does.

    .venv/bin/python -m tests.spec_runner pipeline.yaml FOLDER

Every container step runs in order, by the command and arguments of the specification, as a process
of its own in an empty folder, of the installed package and as another user (`tests/image.py`). What
it is told follows Kubeflow Pipelines' backend (`driver` and `launcher_v2`, 2.5): inputs have a
number for a name and no type, and are copied from the bucket to the step's own disk as outputs are
copied back; numbers come back as floats, the step's log is one more output, metadata that is null
is refused. Parameters of the run, their defaults, retries and the cache are as there. `Vertex`
differs where Vertex AI does. The backend itself runs in `tests/test_kubeflow_backend.py`.
"""

import graphlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import image, object_store
from tests.object_store import ObjectStore
from tests.specification import Json, given_parameters, load, sources, taken_apart

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
            package: An environment that holds the project, as `image.install` gives it.
            environment: Variables of the image.
            parameters: Of the run, where they differ from their defaults.
            cache: What earlier runs made, and this one will.
        """
        self._executors = specification["deploymentSpec"]["executors"]
        self._components = specification["components"]
        self._tasks, self._last = taken_apart(specification)
        self._parameter_values = given_parameters(specification, parameters or {})
        self.root = root
        self._package = package
        self.store = ObjectStore(root / "store")
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
                *(source["producerTask"] for source in sources(task).values()),
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
        outputs = self._provision(name, task_root, component)
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
            "PATH": os.pathsep.join([str(self._package / "bin"), os.environ["PATH"]]),
            **self._environment,
        }
        disk = self._made("disks", folder.name)
        self.store.fetch(told, disk)
        filled = [*image.as_its_user(self.root, {object_store.MOUNT: disk}), *filled]
        with open(log, "w") as file:
            done = subprocess.run(
                filled, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT
            )
        if done.returncode:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StepError(f"{name} ended with {done.returncode}; {log} ends:\n{end}")
        self.store.keep(told, disk)
        shutil.rmtree(disk)

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
        for key, source in sources(self._tasks[name]).items():
            artifact = self.outputs[source["producerTask"]].get(source["outputArtifactKey"])
            found = [self._as_input(artifact, component, key)] if artifact else []
            inputs[key] = {"artifacts": found}
        return inputs

    def _provision(self, name: str, task_root: Path, component: Json) -> dict[str, Json]:
        described = component.get("outputDefinitions", {}).get("artifacts", {})
        kinds = {key: value["artifactType"] for key, value in described.items()}
        uri = self._uri(name, task_root)
        return {
            key: {"uri": f"{uri}/{key}", "type": kind}
            for key, kind in {**kinds, **self._own_outputs()}.items()
        }

    # What follows is what Vertex AI does otherwise.

    def _uri(self, name: str, task_root: Path) -> str:
        return f"{object_store.ROOT}/{name}/{task_root.name}"

    def _own_outputs(self) -> dict[str, Json]:
        return {"executor-logs": {"schemaTitle": "system.Artifact"}}

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

    def _uri(self, name: str, task_root: Path) -> str:
        return str(task_root)  # for TensorFlow reads what is in gs:// where it is

    def _own_outputs(self) -> dict[str, Json]:
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
