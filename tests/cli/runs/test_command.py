"""`outpaint runs` on a real metadata store: the table, JSON, one run, and what can go wrong."""

import fcntl
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from tests.pipeline.stores import Writer


def outpaint(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["runs", *map(str, arguments)])


def test_the_table_has_a_line_a_run_newest_first(history: Path) -> None:
    done = outpaint("--output", history)
    assert done.exit_code == 0, done.output
    header, *lines = done.output.splitlines()
    assert header.split()[:5] == ["run", "started", "took", "preset", "data"]
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    words = lines[2].split()
    assert words[4:6] == ["smoke", "holiday,"]
    assert "8 + 3" in lines[2]
    # The code's hash, the model's PSNR, the best fill's, blessed, pushed, state.
    assert words[-6:] == ["bbbb2222", "14.25", "13.75", "yes", "1790000001", "complete"]
    assert lines[1].split()[-5:] == ["11.00", "-", "no", "-", "complete"]
    assert lines[0].rstrip().endswith("failed in Trainer")


def test_json_is_every_run_newest_first(history: Path) -> None:
    found = json.loads(outpaint("--output", history, "--json").output)
    assert [run["run"] for run in found] == [3, 2, 1]
    assert found[2]["metrics"]["psnr_of_mean_mse"] == 14.25
    assert found[2]["settings"]["training"]["batch_size"] == 6


@pytest.mark.parametrize("name", ["1", "1790000001"])
def test_a_run_is_shown_by_its_number_or_by_the_version_it_pushed(history: Path, name: str) -> None:
    done = outpaint("show", name, "--output", history)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("run         1, ")
    assert "PSNR, dB    model 14.25, mean fill 12.50, fade fill 13.75" in done.output
    assert "pushed      /o/serving/1790000001" in done.output
    facts, _, tree = done.output.partition("\n\n")
    assert "settings    training.batch_size=6" in facts
    assert tree.startswith("pushed model")
    assert "photographs /photos/holiday, /photos/val.tar: 8 train, 3 eval" in tree


def test_the_newest_run_is_shown_by_default_with_what_it_came_to(history: Path) -> None:
    done = outpaint("--output", history, "show")
    assert done.output.startswith("run         3, ")
    assert "failed in Trainer" in done.output
    # It never had a model.
    assert done.output.partition("\n\n")[2].startswith("examples")


def test_of_a_refused_model_the_verdict_is_shown(history: Path) -> None:
    done = outpaint("show", "2", "--output", history)
    assert "not blessed" in done.output.partition("\n\n")[2].splitlines()[0]


def test_one_run_as_json_has_its_lineage(history: Path) -> None:
    run = json.loads(outpaint("--output", history, "--json", "show", "1").output)
    assert run["run"] == 1
    assert run["lineage"]["type"] == "PushedModel"
    assert run["lineage"]["inputs"][0]["inputs"][0]["type"] == "Examples"


def test_a_run_under_way_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    from ml_metadata.proto import metadata_store_pb2

    writer = Writer(tmp_path)
    writer.execute(writer.run(), "Trainer", metadata_store_pb2.Execution.RUNNING)
    assert "stopped in Trainer" in outpaint("--output", tmp_path).output
    with open(tmp_path / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "running Trainer" in outpaint("--output", tmp_path).output
    assert "stopped in Trainer" in outpaint("--output", tmp_path).output


def test_a_folder_without_a_store_is_a_clear_error_and_stays_as_it_is(tmp_path: Path) -> None:
    for arguments in ((), ("show", "1")):
        done = outpaint("--output", tmp_path / "none", *arguments)
        assert done.exit_code == 1
        assert f"{tmp_path}/none/metadata/metadata.db: no metadata store there" in done.output
        assert "--output" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_runs_says_so(tmp_path: Path) -> None:
    Writer(tmp_path)
    done = outpaint("--output", tmp_path)
    assert done.exit_code == 1
    assert "no run in it yet" in done.output


def test_a_file_that_is_no_store_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "metadata").mkdir()
    database = tmp_path / "metadata" / "metadata.db"
    database.write_bytes(b"no database" * 100)
    done = outpaint("--output", tmp_path)
    assert done.exit_code == 1
    assert f"{database}: not a metadata store" in done.output
    assert "Traceback" not in done.output
    assert database.read_bytes() == b"no database" * 100


def test_an_unknown_run_is_an_error_that_says_which_there_are(history: Path) -> None:
    done = outpaint("show", "1790000009", "--output", history)
    assert done.exit_code == 1
    assert "no run 1790000009" in done.output
    assert "numbered 1 to 3" in done.output
