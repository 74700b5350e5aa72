"""Removes artifacts that no recent run used."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from pipeline.history import runs
from pipeline.history.summaries import flag

_TRAINING = "training"  # states of trainings, in the folder of artifacts


class Pruned(NamedTuple):
    """A folder that is or would be removed."""

    path: Path
    bytes: int


def prune(output: Path, keep: int, dry_run: bool = False) -> list[Pruned]:
    """Removes what only older runs used. Call it only while no run is under way.

    Whatever the last runs made or took from the cache stays, and so does the last blessed model,
    which the next is held against. Pushed models are copies and are left alone. The store keeps
    its record of all; a component whose output is gone runs anew when it is needed.

    Args:
        output: The output folder of runs.
        keep: How many of the last runs are kept.
        dry_run: Whether to remove nothing.

    Returns:
        The folders, largest first.
    """
    store = runs.open_store(output / "metadata" / "metadata.db", read_only=dry_run)
    root = (output / "pipeline").resolve()
    recent = runs.read_runs(store)[:keep]
    executions = [node.execution.id for run in recent for node in run.nodes.values()]
    events = store.get_events_by_execution_ids(executions) if executions else []
    kept = {event.artifact_id for event in events} | _last_blessed(store)
    old = [
        artifact
        for artifact in store.get_artifacts()
        if artifact.id not in kept and root in Path(artifact.uri).resolve().parents
    ]
    started = min((run.context.create_time_since_epoch for run in recent), default=0) / 1000
    folders = [Path(artifact.uri) for artifact in old] + _trainings(root / _TRAINING, started)
    found = [Pruned(path, _size(path)) for path in folders if path.is_dir()]
    if not dry_run:
        for artifact in old:
            artifact.state = metadata_store_pb2.Artifact.DELETED
        store.put_artifacts(old)
        for path, _ in found:
            shutil.rmtree(path)
    return sorted(found, key=lambda pruned: pruned.bytes, reverse=True)


def _last_blessed(store: metadata_store.MetadataStore) -> set[int]:
    try:
        blessings = store.get_artifacts_by_type("ModelBlessing")
    except errors.NotFoundError:
        return set()
    blessed = [blessing for blessing in blessings if flag(blessing, "blessed")]
    if not blessed:
        return set()
    last = max(blessed, key=lambda blessing: blessing.id)
    makers = {event.execution_id for event in store.get_events_by_artifact_ids([last.id])}
    return {event.artifact_id for event in store.get_events_by_execution_ids(sorted(makers))}


def _trainings(folder: Path, started: float) -> list[Path]:
    """States that were last written before the oldest run that is kept began."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if max(_times(path), default=0) < started]


def _times(folder: Path) -> Iterable[float]:
    return (path.stat().st_mtime for path in folder.rglob("*") if path.is_file())


def _size(folder: Path) -> int:
    files = (Path(base, name) for base, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files)
