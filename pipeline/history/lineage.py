"""Follows an artifact back to what it was made from, as far as the photographs."""

from typing import Any, NamedTuple

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from pipeline.history import runs

_COMPARED = "baseline_model"  # an Evaluator's input that nothing was made from
_OUTPUTS = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.DECLARED_OUTPUT)
_INPUTS = (metadata_store_pb2.Event.INPUT, metadata_store_pb2.Event.DECLARED_INPUT)


class Ancestor(NamedTuple):
    """An artifact, what made it, and what that was made from."""

    artifact: metadata_store_pb2.Artifact
    key: str  # the input it was used as; empty for the artifact asked about
    component: str
    maker: metadata_store_pb2.Execution | None  # None where the artifact came from outside
    run: runs.Run | None  # in which it was made
    inputs: list["Ancestor"]  # in the order in which they were made
    told: bool  # whether its own inputs are told elsewhere


def trace(store: metadata_store.MetadataStore, artifact: metadata_store_pb2.Artifact) -> Ancestor:
    """Follows an artifact back. An ancestor of several is followed once.

    Args:
        store: The metadata store.
        artifact: The artifact, such as a pushed model.

    Returns:
        The artifact with all its ancestors.
    """
    return _Tracer(store).follow(artifact, "")


def as_json(ancestor: Ancestor) -> dict[str, Any]:
    """Writes a lineage down as JSON.

    Args:
        ancestor: As `trace` gives it.

    Returns:
        `id`, `type`, `uri`, `component` and `run` that made it, and `inputs` of the same form,
        empty where an artifact was met before.
    """
    return {
        "id": ancestor.artifact.id,
        "type": ancestor.artifact.type,
        "uri": ancestor.artifact.uri,
        "component": ancestor.component,
        "run": ancestor.run and ancestor.run.number,
        "inputs": [as_json(source) for source in ancestor.inputs],
    }


class _Tracer:
    def __init__(self, store: metadata_store.MetadataStore):
        self._store = store
        self._seen: set[int] = set()
        self._runs = {run.context.id: run for run in runs.read_runs(store)}

    def follow(self, artifact: metadata_store_pb2.Artifact, key: str) -> Ancestor:
        maker = self._maker(artifact)
        component = runs.node_name(self._store, maker.id) if maker else ""
        run = self._run(maker) if maker else None
        told = artifact.id in self._seen or key == _COMPARED
        inputs = []
        if maker and not told:
            self._seen.add(artifact.id)
            inputs = [self.follow(source, used_as) for used_as, source in self._inputs(maker)]
        return Ancestor(artifact, key, component, maker, run, inputs, told)

    def _maker(self, artifact: metadata_store_pb2.Artifact) -> metadata_store_pb2.Execution | None:
        events = self._store.get_events_by_artifact_ids([artifact.id])
        # The first: later ones took it from the cache.
        makers = sorted(event.execution_id for event in events if event.type in _OUTPUTS)
        return self._store.get_executions_by_id(makers[:1])[0] if makers else None

    def _inputs(
        self, execution: metadata_store_pb2.Execution
    ) -> list[tuple[str, metadata_store_pb2.Artifact]]:
        events = self._store.get_events_by_execution_ids([execution.id])
        keys = {e.artifact_id: e.path.steps[0].key for e in events if e.type in _INPUTS}
        artifacts = self._store.get_artifacts_by_id(sorted(keys))
        return [(keys[a.id], a) for a in sorted(artifacts, key=lambda a: a.id)]

    def _run(self, execution: metadata_store_pb2.Execution) -> runs.Run | None:
        contexts = self._store.get_contexts_by_execution(execution.id)
        return next((self._runs[c.id] for c in contexts if c.id in self._runs), None)
