"""Reads runs back from the metadata store, and tidies up after those cut short."""

import glob
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import sqlite_metadata_connection_config

_OPEN_STATES = (metadata_store_pb2.Execution.NEW, metadata_store_pb2.Execution.RUNNING)


class Node(NamedTuple):
    """What one component did in a run."""

    name: str
    state: str  # COMPLETE, CACHED, FAILED, ...
    outputs: dict[str, metadata_store_pb2.Artifact]  # by key; the first where there are several

    def uri(self, key: str) -> str:
        """Where the output of that key lies."""
        return self.outputs[key].uri


def open_store(database: Path) -> metadata_store.MetadataStore:
    """Opens a metadata store, making it where there is none.

    Args:
        database: An SQLite file.

    Returns:
        The store.
    """
    return metadata_store.MetadataStore(sqlite_metadata_connection_config(str(database)))


def last_run(database: Path) -> dict[str, Node]:
    """Reads what the newest run did.

    Args:
        database: An SQLite file.

    Returns:
        Its components by name, in the order in which they ran; empty if there was no run.
    """
    store = open_store(database)
    try:
        contexts = store.get_contexts_by_type("pipeline_run")
    except errors.NotFoundError:
        return {}
    if not contexts:
        return {}
    run = max(contexts, key=lambda context: context.id)
    executions = sorted(store.get_executions_by_context(run.id), key=lambda e: e.id)
    nodes = [_node(store, execution) for execution in executions]
    return {node.name: node for node in nodes}


def close_unfinished(database: Path, root: Path) -> list[str]:
    """Marks executions that a killed run left open as canceled and removes their output.

    Call it only while no run is under way.

    Args:
        database: An SQLite file.
        root: Where the runs' artifacts lie.

    Returns:
        The names of the components concerned.
    """
    if not database.exists():
        return []
    store = open_store(database)
    names = []
    for execution in store.get_executions():
        if execution.last_known_state not in _OPEN_STATES:
            continue
        name = _node_name(store, execution)
        for pattern in ("*", ".system/*"):
            folder = os.path.join(glob.escape(str(root / name)), pattern, str(execution.id))
            for leftover in glob.glob(folder):
                shutil.rmtree(leftover, ignore_errors=True)
        execution.last_known_state = metadata_store_pb2.Execution.CANCELED
        store.put_executions([execution])
        names.append(name)
    return names


def _node(store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution) -> Node:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type == metadata_store_pb2.Event.OUTPUT
    }
    outputs: dict[str, metadata_store_pb2.Artifact] = {}
    for artifact in store.get_artifacts_by_id(list(keys)):
        outputs.setdefault(keys[artifact.id], artifact)
    state = metadata_store_pb2.Execution.State.Name(execution.last_known_state)
    return Node(_node_name(store, execution), state, outputs)


def _node_name(store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution) -> str:
    contexts = store.get_contexts_by_execution(execution.id)
    nodes = [c.name for c in contexts if c.type == "node"]
    return nodes[0].rpartition(".")[2] if nodes else ""
