from pathlib import Path

import pytest
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline

import settings
from pipeline.history import run_notes, runs, summaries
from pipeline.pipeline import SCHEMA
from tests.pipeline.stores import Writer


def run(output: Path, preset: str, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    database = output / "metadata" / "metadata.db"
    loaded = settings.load(preset)
    pipeline = Pipeline(
        pipeline_name="outpainting",
        pipeline_root=str(output / "pipeline"),
        components=[ImportSchemaGen(schema_file=str(SCHEMA))],
        enable_cache=True,
        metadata_connection_config=sqlite_metadata_connection_config(str(database)),
    )
    monkeypatch.chdir(output)
    run_notes.RecordingRunner(loaded, ["photographs", "/data/val.tar"]).run(pipeline)
    return [summaries.summarise(run) for run in runs.read_runs(runs.open_store(database))]


def test_a_run_is_noted_with_its_settings_and_data_and_the_cache_does_not_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = run(tmp_path, "smoke", monkeypatch)
    assert first["preset"] == "smoke"
    assert first["settings"] == settings.load("smoke").model_dump(mode="json")
    assert first["data"] == [str(tmp_path / "photographs"), "/data/val.tar"]
    assert first["components"] == {"ImportSchemaGen": "COMPLETE"}

    second, again = run(tmp_path, "report", monkeypatch)
    assert again == first
    assert second["preset"] == "report"
    assert second["components"] == {"ImportSchemaGen": "CACHED"}


def test_figures_are_noted_with_the_artifact(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    identity = writer.artifact("ModelEvaluation", "/o/evaluation/1", {"tfx_version": "1.16.0"})
    (evaluation,) = writer.store.get_artifacts_by_id([identity])
    run_notes.note_figures(writer.database, evaluation, {"psnr": 12.5, "swd": float("nan")})
    (noted,) = runs.open_store(writer.database).get_artifacts_by_id([identity])
    assert summaries.figures(noted) == {"psnr": 12.5}
    assert noted.uri == "/o/evaluation/1"
    assert noted.custom_properties["tfx_version"].string_value == "1.16.0"
