"""Tidies up after runs that were cut short."""

import glob
import os
import shutil
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2

from pipeline.history.runs import node_name, open_store

_OPEN_STATES = (metadata_store_pb2.Execution.NEW, metadata_store_pb2.Execution.RUNNING)


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
        name = node_name(store, execution.id)
        for pattern in ("*", ".system/*"):
            folder = os.path.join(glob.escape(str(root / name)), pattern, str(execution.id))
            for leftover in glob.glob(folder):
                shutil.rmtree(leftover, ignore_errors=True)
        execution.last_known_state = metadata_store_pb2.Execution.CANCELED
        store.put_executions([execution])
        names.append(name)
    return names
