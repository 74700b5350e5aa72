from pathlib import Path

from ml_metadata.proto import metadata_store_pb2

from pipeline import runs


def put_execution(database: Path, name: str, state: int) -> int:
    """Registers an execution as TFX's launcher does: with its node's context."""
    store = runs.open_store(database)
    execution_type = store.put_execution_type(metadata_store_pb2.ExecutionType(name=name))
    context_type = store.put_context_type(metadata_store_pb2.ContextType(name="node"))
    execution = metadata_store_pb2.Execution(type_id=execution_type, last_known_state=state)
    context = metadata_store_pb2.Context(type_id=context_type, name=f"outpainting.{name}")
    execution_id, _, _ = store.put_execution(execution, [], [context])
    return execution_id


def test_a_folder_without_runs_has_none(tmp_path: Path) -> None:
    database = tmp_path / "metadata" / "metadata.db"
    assert runs.close_unfinished(database, tmp_path) == []
    assert not database.exists()
    assert runs.last_run(tmp_path / "metadata.db") == {}


def test_what_a_killed_run_left_is_canceled_and_removed(tmp_path: Path) -> None:
    database = tmp_path / "metadata.db"
    root = tmp_path / "pipeline"
    killed = put_execution(database, "Trainer", metadata_store_pb2.Execution.RUNNING)
    done = put_execution(database, "Transform", metadata_store_pb2.Execution.COMPLETE)
    leftovers = [
        root / "Trainer" / "model" / str(killed),
        root / "Trainer" / ".system" / "executor_execution" / str(killed),
    ]
    kept = [root / "Trainer" / "model" / "99", root / "Transform" / "graph" / str(done)]
    for folder in leftovers + kept:
        folder.mkdir(parents=True)
        (folder / "file").touch()

    assert runs.close_unfinished(database, root) == ["Trainer"]

    assert not any(folder.exists() for folder in leftovers)
    assert all(folder.exists() for folder in kept)
    states = {e.id: e.last_known_state for e in runs.open_store(database).get_executions()}
    assert states[killed] == metadata_store_pb2.Execution.CANCELED
    assert states[done] == metadata_store_pb2.Execution.COMPLETE
    assert runs.close_unfinished(database, root) == []
