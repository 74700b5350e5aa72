"""Runs the component as TFX does: driver, cache and executor, in a store of its own."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline

from components.image_example_gen import component, driver, images, vertex_hook
from components.image_example_gen.dealing.shards import Sizes
from components.image_example_gen.options import Options
from pipeline.beam import WITHIN_PROCESS
from pipeline.history import runs
from tests.components.conftest import MakeJpeg, MakeTar

Run = Callable[..., metadata_store_pb2.Execution]
CACHED = metadata_store_pb2.Execution.CACHED
COMPLETE = metadata_store_pb2.Execution.COMPLETE


def _options(work: Path, **changes: object) -> Options:
    values: dict[str, object] = {
        "limits": images.Limits(64, 32, 65_500, 10**6, 10**5, 10**8),
        "sizes": Sizes(1 << 20, 4, 64, 1 << 16),
        "buckets": {"train": 2, "eval": 1},
        "images": {"train": 500, "eval": None},
        "split_by": "auto",
        "near_duplicates": "keep",
        "work": str(work),
        "code": "0123abcd",
    }
    return Options(**values | changes)  # type: ignore[arg-type]


@pytest.fixture
def photographs(tmp_path: Path, make_jpeg: MakeJpeg) -> Path:
    for number in range(12):
        file = tmp_path / "photos" / "abc"[number % 3] / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make_jpeg(number))
    return tmp_path / "photos"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a pipeline of this component alone, in one folder, and gives its last execution."""

    def go(*data: Path, **changes: object) -> metadata_store_pb2.Execution:
        output = tmp_path / "output"
        database = output / "metadata" / "metadata.db"
        node = component.ImageExampleGen(
            [str(path) for path in data], _options(output / "pipeline", **changes)
        )
        LocalDagRunner().run(
            Pipeline(
                pipeline_name="test",
                pipeline_root=str(output / "pipeline"),
                components=[node],
                enable_cache=True,
                metadata_connection_config=sqlite_metadata_connection_config(str(database)),
                beam_pipeline_args=[*WITHIN_PROCESS],
            )
        )
        executions = runs.open_store(database).get_executions()
        return max(executions, key=lambda execution: execution.id)

    return go


def test_what_has_not_changed_comes_from_the_cache(run: Run, photographs: Path) -> None:
    assert run(photographs).last_known_state == COMPLETE
    assert run(photographs).last_known_state == CACHED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p: (p / "a").rename(p / "train"), id="a folder is renamed"),
        pytest.param(lambda p: (p / "bad.jpg").chmod(0o600), id="a rejected file is let be read"),
        pytest.param(lambda p: (p / "bad.jpg").unlink(), id="a rejected file goes"),
        pytest.param(lambda p: (p / "gone.jpg").unlink(), id="a dangling link goes"),
        pytest.param(lambda p: (p / "a" / "0.jpg").write_bytes(b"of another length"), id="content"),
        pytest.param(lambda p: os.utime(p / "a" / "0.jpg", (1, 1)), id="time"),
        pytest.param(lambda p: (p / "notes.txt").touch(), id="a file that is no image comes"),
    ],
)
def test_every_change_of_what_is_there_is_seen(
    change: Callable[[Path], object], run: Run, photographs: Path
) -> None:
    (photographs / "bad.jpg").write_bytes(b"bad")
    (photographs / "bad.jpg").chmod(0o000)
    (photographs / "gone.jpg").symlink_to("nowhere.jpg")
    assert run(photographs).last_known_state == COMPLETE
    change(photographs)
    assert run(photographs).last_known_state == COMPLETE
    assert run(photographs).last_known_state == CACHED


def test_an_archive_that_was_appended_to_is_seen(
    run: Run, tmp_path: Path, make_tar: MakeTar, make_jpeg: MakeJpeg
) -> None:
    members = {f"{n}.jpg": make_jpeg(n) for n in range(12)}
    archive = make_tar(tmp_path / "x.tar", members)
    assert run(archive).last_known_state == COMPLETE
    make_tar(archive, {**members, "more.jpg": make_jpeg(99)})
    assert run(archive).last_known_state == COMPLETE


def test_settings_and_code_are_seen(run: Run, photographs: Path) -> None:
    states = [
        run(photographs, **changes).last_known_state
        for changes in (
            {},
            {"code": "f"},
            {"split_by": "folder"},
            {"buckets": {"train": 3, "eval": 1}},
        )
    ]
    assert states == [COMPLETE] * 4


def test_the_data_is_listed_once_a_run_and_only_the_last_listing_is_kept(
    run: Run, photographs: Path, tmp_path: Path
) -> None:
    first = run(photographs)
    (photographs / "more.jpg").write_bytes(b"")
    second = run(photographs)
    told = [each.custom_properties[driver.FINGERPRINT].string_value for each in (first, second)]
    assert told[0] != told[1]
    kept = os.listdir(tmp_path / "output" / "pipeline" / "listings")
    assert kept == [f"{told[1]}.jsonl.gz"]


def test_the_output_may_lie_within_the_data(run: Run, tmp_path: Path, photographs: Path) -> None:
    assert run(tmp_path).last_known_state == COMPLETE
    assert run(tmp_path).last_known_state == CACHED


def test_data_that_is_not_there_is_refused_by_name(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{tmp_path}/gone: No such file"):
        run(tmp_path / "gone")


def test_vertex_asks_the_same_before_its_cache(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = component.ImageExampleGen([str(photographs)], _options(tmp_path))
    output = tmp_path / "task" / "executor_output.json"
    told = {
        "inputs": {"parameterValues": node.exec_properties},
        "outputs": {"outputFile": str(output)},
    }
    arguments = ["--json_serialized_invocation_args", json.dumps(told), "--more"]
    monkeypatch.setattr("sys.argv", ["hook", *arguments])
    vertex_hook.main()
    said = json.loads(output.read_text())["parameterValues"][driver.FINGERPRINT]
    assert said == driver.fingerprint(node.exec_properties)
    assert os.listdir(tmp_path / "listings") == [f"{said}.jsonl.gz"]


def test_relative_sources_are_named_from_the_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    data: Iterable[str] = ["photos", "gs://bucket/photos/"]
    node = component.ImageExampleGen([*data], _options(tmp_path))
    assert json.loads(node.exec_properties[driver.DATA]) == [
        f"{tmp_path}/photos",
        "gs://bucket/photos/",
    ]


def test_options_survive_being_packed(tmp_path: Path) -> None:
    options = _options(tmp_path, images={"train": None, "eval": 2**40})
    assert Options.unpack(options.pack()) == options
    assert list(Options.unpack(options.pack()).buckets) == ["train", "eval"]
