"""Writes metadata stores as TFX's launcher does: real ones, without the minutes of a run."""

import json
from collections.abc import Mapping
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.history import runs

Properties = Mapping[str, str | int | float]


class Writer:
    """Registers runs, executions and artifacts in a store."""

    def __init__(self, output: Path):
        self.database = output / "metadata" / "metadata.db"
        self.store = runs.open_store(self.database)
        self._runs = 0

    def run(self, settings: Mapping | None = None, data: list[str] | None = None) -> int:
        """Registers a run, and gives its context."""
        self._runs += 1
        context = mlmd.Context(
            type_id=self.store.put_context_type(mlmd.ContextType(name="pipeline_run")),
            name=f"2026-01-{self._runs:02}T12:00:00",
        )
        for key, note in ((runs.SETTINGS_NOTE, settings), (runs.DATA_NOTE, data)):
            if note is not None:
                context.custom_properties[key].string_value = json.dumps(note)
        return self.store.put_contexts([context])[0]

    def execute(
        self,
        run: int,
        name: str,
        state: int = mlmd.Execution.COMPLETE,
        inputs: Mapping[str, int] | None = None,
        outputs: Mapping[str, int] | None = None,
        properties: Properties | None = None,
    ) -> int:
        """Registers what a component did with artifacts that are there, and gives its id."""
        execution = mlmd.Execution(
            type_id=self.store.put_execution_type(mlmd.ExecutionType(name=name)),
            last_known_state=state,
        )
        _set(execution, properties or {})
        node = mlmd.Context(
            type_id=self.store.put_context_type(mlmd.ContextType(name="node")),
            name=f"outpainting.{name}",
        )
        known = {context.name: context for context in self.store.get_contexts_by_type("node")}
        contexts = [known.get(node.name, node), *self.store.get_contexts_by_id([run])]
        events = [
            (self.store.get_artifacts_by_id([artifact])[0], _event(kind, key))
            for kind, artifacts in ((mlmd.Event.INPUT, inputs), (mlmd.Event.OUTPUT, outputs))
            for key, artifact in (artifacts or {}).items()
        ]
        return self.store.put_execution(execution, events, contexts)[0]

    def artifact(self, kind: str, uri: str, properties: Properties | None = None) -> int:
        """Registers an artifact, and gives its id."""
        artifact = mlmd.Artifact(
            type_id=self.store.put_artifact_type(mlmd.ArtifactType(name=kind)), uri=uri
        )
        _set(artifact, properties or {})
        return self.store.put_artifacts([artifact])[0]


def _event(kind: int, key: str) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = key
    event.path.steps.add().index = 0
    return event


def _set(message: mlmd.Execution | mlmd.Artifact, properties: Properties) -> None:
    for name, value in properties.items():
        kind = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
        setattr(message.custom_properties[name], kind, value)


SETTINGS = {"preset": "smoke", "training": {"batch_size": 6, "seed": 0}}
COUNTS = {
    "images": {"train": 8, "eval": 3},
    "rejected": {"corrupt": 2, "empty": 1},
    "ignored": {".mov": 1},
}


def write_history(output: Path) -> None:
    """Writes three runs: one pushed, one from the cache and not blessed, one that failed."""
    writer = Writer(output)
    sources = {
        "examples": writer.artifact("Examples", "/o/examples/1", {"summary": json.dumps(COUNTS)}),
        "schema": writer.artifact("Schema", "/o/schema/2"),
        "transform_graph": writer.artifact("TransformGraph", "/o/graph/3"),
    }
    model = {"model": writer.artifact("Model", "/o/model/4")}

    first = writer.run(SETTINGS, ["/photos/holiday", "/photos/val.tar"])
    _prepare(writer, first, mlmd.Execution.COMPLETE, sources)
    writer.execute(first, "Trainer", inputs=sources, outputs=model, properties=_LEARNT)
    figures = {"psnr_of_mean_mse": 14.25, "mean_fill_psnr_of_mean_mse": 12.5}
    figures["fade_fill_psnr_of_mean_mse"] = 13.75
    _judge(writer, first, {**model, "examples": sources["examples"]}, figures, "1790000001")

    second = writer.run({**SETTINGS, "preset": "sample"}, ["/photos/holiday"])
    _prepare(writer, second, mlmd.Execution.CACHED, sources)
    writer.execute(second, "Trainer", mlmd.Execution.CACHED, sources, model, _LEARNT)
    worse = {"psnr_of_mean_mse": 11.0}
    _judge(writer, second, {**model, "examples": sources["examples"]}, worse)

    third = writer.run({**SETTINGS, "preset": "report"}, ["/photos"])
    _prepare(writer, third, mlmd.Execution.CACHED, sources)
    writer.execute(third, "Trainer", mlmd.Execution.FAILED, sources, properties=_LEARNT)


def _prepare(writer: Writer, run: int, state: int, made: Mapping[str, int]) -> None:
    examples, schema = ({key: made[key]} for key in ("examples", "schema"))
    graph = {"transform_graph": made["transform_graph"]}
    writer.execute(run, "ImageExampleGen", state, {}, examples, _INGESTED)
    writer.execute(run, "CuratedSchema", state, {}, schema)
    writer.execute(run, "Transform", state, {**examples, **schema}, graph, _TRANSFORMED)


def _judge(
    writer: Writer,
    run: int,
    used: Mapping[str, int],
    figures: Mapping[str, float],
    version: str = "",
) -> None:
    blessing = writer.artifact("ModelBlessing", "/o/blessing", {"blessed": int(bool(version))})
    evaluation = writer.artifact("ModelEvaluation", "/o/evaluation", figures)
    judged = {"evaluation": evaluation, "blessing": blessing}
    writer.execute(run, "Evaluator", inputs=used, outputs=judged)
    pushed: dict[str, str | int] = {"pushed": int(bool(version))}
    if version:
        pushed |= {"pushed_version": version, "pushed_destination": f"/o/serving/{version}"}
    writer.execute(
        run,
        "Pusher",
        inputs={"model": used["model"], "model_blessing": blessing},
        outputs={"pushed_model": writer.artifact("PushedModel", "/o/pushed", pushed)},
    )


_INGESTED = {
    "data": json.dumps(["/photos"]),
    "custom_config": json.dumps({"code": "aaaa1111aaaa1111"}),
}
_TRANSFORMED = {"custom_config": json.dumps({"border": [32, 32, 0, 0], "code": "cccc3333cccc3333"})}
_LEARNT = {
    "custom_config": json.dumps({"code": "bbbb2222bbbb2222", "config": json.dumps(SETTINGS)})
}
