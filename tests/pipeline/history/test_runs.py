from pathlib import Path

import pytest

from pipeline.history import runs


def read(output: Path) -> list[runs.Run]:
    return runs.read_runs(runs.open_store(output / "metadata" / "metadata.db", read_only=True))


def test_a_store_without_runs_has_none(tmp_path: Path) -> None:
    assert runs.last_run(tmp_path / "metadata.db") == {}
    assert runs.read_runs(runs.open_store(tmp_path / "metadata.db")) == []


def test_runs_are_read_newest_first_with_their_components_in_order(history: Path) -> None:
    found = read(history)
    assert [run.number for run in found] == [3, 2, 1]
    assert [run.context.name for run in found] == [f"2026-01-0{n}T12:00:00" for n in (3, 2, 1)]
    prepared = ["ImageExampleGen", "CuratedSchema", "Transform", "Trainer"]
    assert list(found[0].nodes) == prepared
    assert list(found[2].nodes) == [*prepared, "Evaluator", "Pusher"]


def test_a_component_knows_its_state_and_what_it_made(history: Path) -> None:
    third, second, first = read(history)
    assert third.nodes["Trainer"].state == "FAILED"
    assert third.nodes["Trainer"].outputs == {}
    assert second.nodes["Trainer"].state == "CACHED"
    # What comes from the cache is the very artifact.
    assert second.nodes["Trainer"].outputs["model"] == first.nodes["Trainer"].outputs["model"]
    assert first.nodes["Trainer"].uri("model") == "/o/model/4"
    assert set(first.nodes["Evaluator"].outputs) == {"evaluation", "blessing"}


def test_the_last_run_is_the_newest(history: Path) -> None:
    nodes = runs.last_run(history / "metadata" / "metadata.db")
    assert nodes["Trainer"].state == "FAILED"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        runs.open_store(tmp_path / "metadata.db", read_only=True)
    assert list(tmp_path.iterdir()) == []
