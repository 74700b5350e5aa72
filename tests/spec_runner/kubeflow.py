"""Runs a compiled pipeline on this machine, step by step, as Kubeflow's launcher does.

Every container step runs in order, by the command and arguments of the specification, as a process
of its own in an empty folder, of the installed package and as another user (`tests/image.py`). What
it is told follows Kubeflow Pipelines' backend (`driver` and `launcher_v2`, 2.5): inputs have a
number for a name and no type, and are copied from the bucket to the step's own disk as outputs are
copied back; numbers come back as floats, the step's log is one more output, metadata that is null
is refused. Parameters of the run, their defaults, retries and the cache are as there. The backend
itself runs in `tests/test_kubeflow_backend.py`.
"""

import itertools
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.spec_runner import object_store
from tests.spec_runner.specification import (
    Json,
    given_parameters,
    order,
    sources,
    taken_apart,
    task_parameters,
)
from tests.spec_runner.steps import StepError, Steps

Cache = dict[str, dict[str, Json]]  # outputs by what they depend on


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
        self._steps = Steps(root, package, environment)
        self.root = root
        self.store = self._steps.store
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
                self._steps.execute(name, [*container["command"], *container["args"]], told)

    def _container(self, task: Json) -> Json:
        label = self._components[task["componentRef"]["name"]]["executorLabel"]
        container: Json = self._executors[label]["container"]
        return container

    def _run_tasks(self, wanted: tuple[str, ...]) -> None:
        for name in order(self._tasks):
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

    def _import(self, component: Json, importer: Json) -> dict[str, Json]:
        described = component["outputDefinitions"]["artifacts"]
        uri = importer["artifactUri"]["constant"]
        kinds = {key: value["artifactType"] for key, value in described.items()}
        return {key: self._record(key, {"uri": uri, "type": kinds[key]}) for key in described}

    def _resolve(self, executor: Json) -> dict[str, Json]:
        raise NotImplementedError(f"Kubeflow has no such executor: {', '.join(executor)}")

    def _run_container(self, name: str, component: Json, container: Json) -> dict[str, Json]:
        task_root = self._steps.folder_for(name)
        outputs = self._provision(name, task_root, component)
        output_file = self._output_file(task_root)
        told = {
            "inputs": {
                "parameterValues": task_parameters(
                    self._tasks[name], component, self._parameter_values
                ),
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
        tries = 1 + self._tasks[name].get("retryPolicy", {}).get("maxRetryCount", 0)
        self._steps.execute(name, [*container["command"], *container["args"]], told, tries)
        said = json.loads(output_file.read_text())
        for key, value in outputs.items():
            for artifact in said.get("artifacts", {}).get(key, {}).get("artifacts", []):
                value["uri"] = artifact.get("uri") or value["uri"]
                value.setdefault("metadata", {}).update(artifact.get("metadata", {}))
        made = {key: self._record(key, value) for key, value in outputs.items()}
        if caching:
            self._cache[same] = made
        return made

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


def _through_store(value: Any) -> Any:
    """What the metadata store makes of a value."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, dict)):
        return {"list" if isinstance(value, list) else "struct": value}
    return value
