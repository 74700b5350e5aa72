"""`outpaint prune` on real stores and folders."""

import fcntl
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ml_metadata.proto import metadata_store_pb2

from cli.main import main
from pipeline.history import runs
from tests.pipeline.stores import Writer


def outpaint(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["prune", *map(str, arguments)])


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Four runs: all read the first's examples, only the second's model was blessed."""
    writer = Writer(tmp_path)

    def made(kind: str, *names: str, **properties: int) -> int:
        folder = tmp_path.joinpath("pipeline", *names)
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * 1000)
        return writer.artifact(kind, str(folder), properties)

    examples = made("Examples", "ImageExampleGen", "examples", "1")
    for number in (1, 2, 3, 4):
        run = writer.run()
        model = made("Model", "Trainer", "model", str(number))
        verdict = made(
            "ModelBlessing", "Evaluator", "blessing", str(number), blessed=int(number == 2)
        )
        writer.execute(run, "Trainer", inputs={"examples": examples}, outputs={"model": model})
        writer.execute(run, "Evaluator", inputs={"model": model}, outputs={"blessing": verdict})
    pushed = tmp_path / "serving" / "17" / "saved_model.pb"
    pushed.parent.mkdir(parents=True)
    pushed.touch()
    for name, time in (("old", 1.0), ("new", None)):
        state = tmp_path / "pipeline" / "training" / name / "checkpoints" / "state.json"
        state.parent.mkdir(parents=True)
        state.touch()
        if time:
            os.utime(state, (time, time))
    return tmp_path


def there(output: Path) -> set[str]:
    files = (output / "pipeline").rglob("file")
    return {str(path.parent.relative_to(output / "pipeline")) for path in files}


def test_what_the_last_runs_used_stays_and_so_does_the_last_blessed_model(output: Path) -> None:
    done = outpaint("--output", output, "--keep", "1")
    assert done.exit_code == 0, done.output
    assert there(output) == {
        "ImageExampleGen/examples/1",
        "Trainer/model/2",
        "Evaluator/blessing/2",
        "Trainer/model/4",
        "Evaluator/blessing/4",
    }
    assert (output / "serving" / "17" / "saved_model.pb").exists()
    assert [path.name for path in (output / "pipeline" / "training").iterdir()] == ["new"]
    assert "5 folders removed, 0.0 MB" in done.output
    store = runs.open_store(output / "metadata" / "metadata.db")
    states = {artifact.uri: artifact.state for artifact in store.get_artifacts()}
    deleted = {u for u, s in states.items() if s == metadata_store_pb2.Artifact.DELETED}
    assert deleted == {
        str(output / "pipeline" / name / number)
        for name in ("Trainer/model", "Evaluator/blessing")
        for number in ("1", "3")
    }
    # Again, and there is nothing left to do.
    assert "0 folders removed" in outpaint("--output", output, "--keep", "1").output


def test_a_dry_run_removes_nothing(output: Path) -> None:
    before = there(output)
    done = outpaint("--output", output, "--keep", "1", "--dry-run")
    assert "5 folders would be removed" in done.output
    assert str(output / "pipeline" / "Trainer" / "model" / "1") in done.output
    assert there(output) == before


def test_an_artifact_that_lies_elsewhere_is_left_alone(output: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Writer(output).artifact("Model", str(elsewhere))
    outpaint("--output", output, "--keep", "1")
    assert elsewhere.exists()


def test_while_a_run_is_under_way_nothing_is_removed(output: Path) -> None:
    before = there(output)
    with open(output / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = outpaint("--output", output, "--keep", "1")
    assert done.exit_code == 1
    assert "another run is using" in done.output
    assert there(output) == before


def test_a_folder_without_a_store_is_a_clear_error(tmp_path: Path) -> None:
    done = outpaint("--output", tmp_path)
    assert done.exit_code == 1
    assert "no metadata store there" in done.output
    assert list(tmp_path.iterdir()) == []
