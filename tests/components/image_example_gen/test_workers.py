"""Several processes where they pay, with the records of one."""

import os
from pathlib import Path

import pytest
from tfx.types import standard_artifacts

from components.image_example_gen import workers
from components.image_example_gen.dealing.shards import Shard, Sizes
from components.image_example_gen.discovery.entries import Entry
from pipeline.beam import WITHIN_PROCESS
from tests.components.conftest import Ingest, MakeJpeg, MakeTar


def _shards(images: int, size: int) -> list[Shard]:
    entries = [Entry("/photos", f"{n}.jpg", size=size) for n in range(images)]
    return [Shard("train", n, entries[n::64]) for n in range(64)]


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


@pytest.mark.parametrize(
    ("images", "size", "several"),
    [(12_000, 4_000, False), (2_000, 300_000, False), (20_000, 300_000, True)],
)
def test_few_images_are_left_to_one_process(images: int, size: int, several: bool) -> None:
    found = workers.beam_args(WITHIN_PROCESS, _shards(images, size))
    more = ["--direct_running_mode=multi_processing", "--direct_num_workers=4"]
    assert found == [*WITHIN_PROCESS, *(more if several else [])]


@pytest.mark.parametrize(
    "given",
    [
        ["--runner=DataflowRunner"],
        ["--runner=FnApiRunner", "--direct_running_mode=multi_threading"],
        ["--runner=FnApiRunner", "--direct_num_workers=2"],
    ],
)
def test_what_was_said_of_workers_stays(given: list[str]) -> None:
    assert workers.beam_args(given, _shards(20_000, 300_000)) == given


def test_one_core_or_one_shard_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    shard = Shard("train", 0, [Entry("/photos", "1.jpg", size=10**12)])
    assert workers.beam_args(WITHIN_PROCESS, [shard]) == [*WITHIN_PROCESS]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert workers.beam_args(WITHIN_PROCESS, [shard] * 9) == [*WITHIN_PROCESS]


def _content(examples: standard_artifacts.Examples) -> dict[str, bytes]:
    root = Path(examples.uri)
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*-of-*")}


def test_several_processes_write_what_one_writes_from_whatever_folder(
    make_jpeg: MakeJpeg,
    make_tar: MakeTar,
    ingest: Ingest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = make_tar(tmp_path / "x.tar", {f"{n}.jpg": make_jpeg(n) for n in range(60)})
    sizes = Sizes(1 << 20, 6, 1, 1 << 16)
    one = ingest([archive], tmp_path / "one", sizes=sizes)
    monkeypatch.setattr(workers, "_WORTH", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    several = ingest([archive], tmp_path / "several", sizes=sizes)
    assert "PYTHONPATH" not in os.environ
    assert len(_content(one)) > 6
    assert _content(several) == _content(one)
