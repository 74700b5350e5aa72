"""Reads runs back from the metadata store. Light to import: no TFX, no TensorFlow."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

# Custom properties of a run, as `pipeline.history.run_notes` writes them.
SETTINGS_NOTE = "settings"  # every setting, as JSON
DATA_NOTE = "data"  # folders and archives, as JSON

_RUN = "pipeline_run"
_NODES = ("node", "component_run")  # by LocalDagRunner; by InteractiveContext


class Node(NamedTuple):
    """What one component did in a run."""

    name: str
    state: str  # COMPLETE, CACHED, FAILED, ...
    outputs: dict[str, metadata_store_pb2.Artifact]  # by key; the first where there are several
    execution: metadata_store_pb2.Execution

    def uri(self, key: str) -> str:
        """Where the output of that key lies."""
        return self.outputs[key].uri


class Run(NamedTuple):
    """One run of the pipeline."""

    number: int  # 1 is the first of its store
    context: metadata_store_pb2.Context
    nodes: dict[str, Node]  # by name, in the order in which they ran


def open_store(database: Path, read_only: bool = False) -> metadata_store.MetadataStore:
    """Opens a metadata store, making it where there is none.

    Args:
        database: An SQLite file.
        read_only: Whether nothing is to be made or changed.

    Returns:
        The store.

    Raises:
        RuntimeError: If the file is no metadata store, or is missing and may not be made.
    """
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    modes = metadata_store_pb2.SqliteMetadataSourceConfig
    config.sqlite.connection_mode = modes.READONLY if read_only else modes.READWRITE_OPENCREATE
    if not read_only:
        database.parent.mkdir(parents=True, exist_ok=True)
    return metadata_store.MetadataStore(config)


def read_runs(store: metadata_store.MetadataStore) -> list[Run]:
    """Reads every run there was.

    Args:
        store: The metadata store.

    Returns:
        The runs, newest first.
    """
    contexts = sorted(_run_contexts(store), key=lambda context: context.id)
    numbered = enumerate(contexts, 1)
    return [Run(number, context, _nodes(store, context)) for number, context in numbered][::-1]


def last_run(database: Path) -> dict[str, Node]:
    """Reads what the newest run did.

    Args:
        database: An SQLite file.

    Returns:
        Its components by name, in the order in which they ran; empty if there was no run.
    """
    store = open_store(database)
    contexts = _run_contexts(store)
    return _nodes(store, max(contexts, key=lambda context: context.id)) if contexts else {}


def node_name(store: metadata_store.MetadataStore, execution_id: int) -> str:
    """Names the component that an execution was of.

    Args:
        store: The metadata store.
        execution_id: The execution.

    Returns:
        Its name, such as `Trainer`; empty if it was of none.
    """
    contexts = store.get_contexts_by_execution(execution_id)
    nodes = [c.name for c in contexts if c.type in _NODES]
    return nodes[0].rpartition(".")[2] if nodes else ""


def _run_contexts(store: metadata_store.MetadataStore) -> Sequence[metadata_store_pb2.Context]:
    try:
        return store.get_contexts_by_type(_RUN)
    except errors.NotFoundError:
        return []


def _nodes(store: metadata_store.MetadataStore, run: metadata_store_pb2.Context) -> dict[str, Node]:
    executions = sorted(store.get_executions_by_context(run.id), key=lambda e: e.id)
    keys: dict[int, dict[int, str]] = defaultdict(dict)
    for event in store.get_events_by_execution_ids([e.id for e in executions]):
        if event.type == metadata_store_pb2.Event.OUTPUT:
            keys[event.execution_id][event.artifact_id] = event.path.steps[0].key
    wanted = sorted({artifact for of_one in keys.values() for artifact in of_one})
    artifacts = {artifact.id: artifact for artifact in store.get_artifacts_by_id(wanted)}
    nodes = {}
    for execution in executions:
        outputs: dict[str, metadata_store_pb2.Artifact] = {}
        for artifact_id, key in sorted(keys[execution.id].items()):
            outputs.setdefault(key, artifacts[artifact_id])
        state = metadata_store_pb2.Execution.State.Name(execution.last_known_state)
        name = node_name(store, execution.id)
        nodes[name] = Node(name, state, outputs, execution)
    return nodes
