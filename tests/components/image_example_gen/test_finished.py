"""Finished shards are found again, whole ones only, and what is made of others is not."""

import concurrent.futures
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.image_example_gen import (
    accounting,
    duplicates,
    executor,
    images,
    writing,
)
from components.image_example_gen.dealing.shards import Shard, Sizes
from components.image_example_gen.discovery.entries import Entry
from components.image_example_gen.finished import Finished, Report, key_of
from models import features
from models.images import tfrecords
from tests.components.conftest import Ingest, MakeJpeg, MakeTar
from tests.patience import PATIENCE

SIGNATURES = duplicates.signatures(np.arange(768, dtype=np.uint8).reshape(1, 16, 16, 3))
LIMITS = images.Limits(64, 32, 65_500, 10**6, 10**5, 10**8)
SHARD = Shard("train", 3, [Entry("/photos", "1.jpg", size=10, changed=20)])


def _keep(finished: Finished, *rejects: tuple[str, str, str]) -> Report:
    def write(path: str) -> tuple[Report, np.ndarray]:
        Path(path).write_bytes(b"records")
        return Report("train", 3, 1, list(rejects), "key", "digest"), SIGNATURES

    return finished.write(write)


def test_a_shard_is_found_again_at_its_place_in_the_run(tmp_path: Path) -> None:
    finished = Finished(str(tmp_path))
    assert finished.find("key", SHARD) is None
    written = _keep(finished, ("a.jpg", "corrupt", "why"))
    assert finished.find("key", SHARD) == written
    assert finished.find("key", SHARD._replace(number=7)) == written._replace(number=7)
    np.testing.assert_array_equal(finished.signatures("key"), SIGNATURES)
    assert sorted(os.listdir(tmp_path)) == ["key", "key.json", "key.signatures"]


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    finished = Finished(str(tmp_path))
    _keep(finished, ("a.jpg", "unreadable", "Permission denied"))
    assert finished.find("key", SHARD) is None
    finished.give("key", str(tmp_path / "given"))
    assert (tmp_path / "given").read_bytes() == b"records"


@pytest.mark.parametrize(
    "spoil", [lambda file: file.write_bytes(b"rec"), lambda file: file.unlink()]
)
def test_a_shard_that_is_no_longer_whole_is_not_there(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    finished = Finished(str(tmp_path))
    _keep(finished)
    spoil(tmp_path / "key")
    assert finished.find("key", SHARD) is None


def test_a_shard_is_named_by_all_that_decides_on_its_content() -> None:
    (entry,) = SHARD.entries
    others = [
        (SHARD._replace(split="eval"), LIMITS, "code"),
        (SHARD._replace(entries=[entry, entry]), LIMITS, "code"),
        *(
            (SHARD._replace(entries=[entry._replace(**change)]), LIMITS, "code")
            for change in ({"size": 11}, {"changed": 21}, {"category": "x"}, {"name": "2.jpg"})
        ),
        (SHARD, LIMITS._replace(min_side=31), "code"),
        (SHARD, LIMITS, "other code"),
    ]
    keys = {key_of(*other) for other in [(SHARD, LIMITS, "code"), *others]}
    assert len(keys) == len(others) + 1
    assert key_of(SHARD._replace(number=9), LIMITS, "code") in keys


def test_attempts_at_one_shard_at_once_do_not_meet(make_jpeg: MakeJpeg, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(make_jpeg(number))
    entries = [Entry(str(tmp_path), f"{number}.jpg") for number in range(40)]
    planned = writing.Planned(str(tmp_path / "planned")).add("key", Shard("train", 0, entries))
    do = writing.WriteShard(str(tmp_path / "shards"), LIMITS)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: list(do.process(planned)), range(8)))
    (digest,) = tfrecords.digests([str(tmp_path / "shards" / "key")])
    assert reports == [[Report("train", 0, 40, [], "key", digest)]] * 8
    assert sorted(os.listdir(tmp_path / "shards")) == ["key", "key.json", "key.signatures"]
    assert len(list(tf.data.TFRecordDataset(str(tmp_path / "shards" / "key")))) == 40


def test_only_what_a_further_image_changes_is_made_again(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    make_tar(tmp_path / "photos" / "x.tar", {f"train/{n}.jpg": make_jpeg(n) for n in range(40)})
    (tmp_path / "photos" / "val").mkdir()
    (tmp_path / "photos" / "val" / "a.jpg").write_bytes(make_jpeg(50))
    sizes, work = Sizes(1 << 20, 4, 1, 1 << 16), str(tmp_path / "work")
    before = ingest([tmp_path / "photos"], tmp_path / "1", sizes=sizes, work=work)
    inodes = {os.stat(file).st_ino for file in Path(before.uri).glob("Split-train/*")}
    assert len(inodes) > 3
    (tmp_path / "photos" / "val" / "b.jpg").write_bytes(make_jpeg(51))
    after = ingest([tmp_path / "photos"], tmp_path / "2", sizes=sizes, work=work)
    assert {os.stat(file).st_ino for file in Path(after.uri).glob("Split-train/*")} == inodes
    assert accounting.read_summary(after.uri)["images"] == {"train": 40, "eval": 2}
    # Of finished shards, only those of the last run are kept.
    kept = [name for name in os.listdir(tmp_path / "work" / "shards") if "." not in name]
    assert len(kept) == len(list(Path(after.uri).glob("Split-*/*")))


_INGEST = """
from tfx.types import standard_artifacts
from components.image_example_gen import component, executor, images, options
from components.image_example_gen.dealing.shards import Sizes
from pipeline.beam import WITHIN_PROCESS
given = options.Options(
    images.Limits(64, 32, 65_500, 10**6, 10**6, 10**8), Sizes(1 << 20, 32, 1, 1 << 16),
    {"train": 2, "eval": 1}, {"train": None, "eval": None}, "image", "keep", work, "",
)
node = component.ImageExampleGen([data], given)
examples = standard_artifacts.Examples()
examples.uri = output
within = executor.Executor.Context(beam_pipeline_args=[*WITHIN_PROCESS])
executor.Executor(within).Do({}, {"examples": [examples]}, node.exec_properties)
"""
# Processes of their own, born of one that has imported what takes long to import.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([executor.__name__])


def _start(data: Path, work: Path, output: Path) -> multiprocessing.process.BaseProcess:
    names = {"data": str(data), "work": str(work), "output": str(output)}
    process = _PROCESSES.Process(target=exec, args=(_INGEST, names))
    process.start()
    return process


def _ended(process: multiprocessing.process.BaseProcess) -> int | None:
    process.join(PATIENCE)
    return process.exitcode


def _whole(shards: Path) -> dict[str, int]:
    """Finished shards by when they were written."""
    return {file.name: file.stat().st_mtime_ns for file in shards.glob("*.json")}


def _content(output: Path) -> dict[str, bytes]:
    names = [features.SHARDS_FILE, features.DIGESTS_FILE]
    names += [accounting.SUMMARY_FILE, accounting.REJECTS_FILE]
    files = [*output.glob("Split-*/*"), *(output / name for name in names)]
    return {str(file.relative_to(output)): file.read_bytes() for file in sorted(files)}


def test_what_was_killed_goes_on_where_it_was(
    make_jpeg: MakeJpeg, make_tar: MakeTar, tmp_path: Path
) -> None:
    photographs = {f"{n}.jpg": make_jpeg(n, 600, 400) for n in range(1200)}
    archive = make_tar(tmp_path / "x.tar", {**photographs, "bad.jpg": b"bad"})
    assert _ended(_start(archive, tmp_path / "undisturbed", tmp_path / "whole")) == 0
    work = tmp_path / "work"
    for attempt in range(3):
        before = _whole(work / "shards")
        process = _start(archive, work, tmp_path / f"killed{attempt}")
        deadline = time.monotonic() + PATIENCE
        while len(_whole(work / "shards")) < len(before) + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        assert _ended(process) == -signal.SIGKILL
        after = _whole(work / "shards")
        assert len(after) >= len(before) + 2
        assert before.items() <= after.items()
    assert _ended(_start(archive, work, tmp_path / "resumed")) == 0
    assert after.items() <= _whole(work / "shards").items()
    assert _content(tmp_path / "resumed") == _content(tmp_path / "whole")
    assert json.loads((tmp_path / "whole" / accounting.SUMMARY_FILE).read_text())["rejected"] == {
        "corrupt": 1
    }
    assert not list(work.rglob("*.partial"))
