"""Runs a compiled pipeline as Vertex AI does."""

import json
from pathlib import Path

from tests.spec_runner.kubeflow import Kubeflow
from tests.spec_runner.specification import Json


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
            self._steps.execute(name, [*hook["command"], *hook["args"]], told)
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
