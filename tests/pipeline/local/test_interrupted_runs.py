from pathlib import Path

from ml_metadata.proto import metadata_store_pb2

from pipeline.history import runs
from pipeline.local import interrupted_runs
from tests.pipeline.stores import Writer


def test_a_folder_without_runs_needs_no_tidying(tmp_path: Path) -> None:
    database = tmp_path / "metadata" / "metadata.db"
    assert interrupted_runs.close_unfinished(database, tmp_path) == []
    assert not database.exists()


def test_what_a_killed_run_left_is_canceled_and_removed(tmp_path: Path) -> None:
    writer, root = Writer(tmp_path), tmp_path / "pipeline"
    run = writer.run()
    killed = writer.execute(run, "Trainer", metadata_store_pb2.Execution.RUNNING)
    done = writer.execute(run, "Transform")
    leftovers = [
        root / "Trainer" / "model" / str(killed),
        root / "Trainer" / ".system" / "executor_execution" / str(killed),
    ]
    kept = [root / "Trainer" / "model" / "99", root / "Transform" / "graph" / str(done)]
    for folder in leftovers + kept:
        folder.mkdir(parents=True)
        (folder / "file").touch()

    assert interrupted_runs.close_unfinished(writer.database, root) == ["Trainer"]

    assert not any(folder.exists() for folder in leftovers)
    assert all(folder.exists() for folder in kept)
    states = {e.id: e.last_known_state for e in runs.open_store(writer.database).get_executions()}
    assert states[killed] == metadata_store_pb2.Execution.CANCELED
    assert states[done] == metadata_store_pb2.Execution.COMPLETE
    assert interrupted_runs.close_unfinished(writer.database, root) == []
