"""Holds the component to what TFX's stock driver and executor expect of it."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tfx.components.example_gen import driver, input_processor
from tfx.proto import example_gen_pb2
from tfx.utils import proto_utils

from components.image_example_gen import component, executor, sources

MakeTar = Callable[..., Path]
WriteFiles = Callable[[Path, Iterable[str]], Path]
OPTIONS = executor.Options(
    working_size=128,
    min_side=32,
    max_pixels=10**8,
    max_bytes=10**7,
    shard_images=512,
    limits={"train": 500, "eval": None},
    code="0123abcd",
)
DATA = ["/data/places/val_256.tar", "/data/photos"]


@pytest.fixture(scope="module")
def node() -> component.ImageExampleGen:
    return component.ImageExampleGen(DATA, OPTIONS, eval_share=6)


def test_there_is_one_base_with_plain_globs_below_it(node: component.ImageExampleGen) -> None:
    config = example_gen_pb2.Input()
    proto_utils.json_to_proto(node.exec_properties["input_config"], config)
    assert node.exec_properties["input_base"] == "/data"
    patterns = [split.pattern for split in config.splits]
    assert len(patterns) == 1 + sources.MAX_DEPTH
    assert patterns[:3] == ["places/val_256.tar", "photos/*", "photos/*/*"]
    assert not any("**" in pattern or pattern.startswith("/") for pattern in patterns)
    names = [split.name for split in config.splits]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("share", [2, 6, 100])
def test_one_image_in_so_many_is_for_evaluation(share: int) -> None:
    node = component.ImageExampleGen(DATA, OPTIONS, eval_share=share)
    config = example_gen_pb2.Output()
    proto_utils.json_to_proto(node.exec_properties["output_config"], config)
    splits = {split.name: split.hash_buckets for split in config.split_config.splits}
    assert splits == {"train": share - 1, "eval": 1}


def test_the_options_reach_the_executor(node: component.ImageExampleGen) -> None:
    assert executor.Options.unpack(node.exec_properties["custom_config"]) == OPTIONS


def test_it_has_the_stock_driver_and_output(node: component.ImageExampleGen) -> None:
    assert node.driver_class is driver.FileBasedDriver
    assert node.executor_spec.executor_class is executor.Executor
    assert node.inputs == {}
    assert list(node.outputs) == ["examples"]


def test_data_that_cannot_be_put_under_one_base_is_refused() -> None:
    with pytest.raises(ValueError, match="/data/photos, gs://bucket/photos"):
        component.ImageExampleGen(["/data/photos", "gs://bucket/photos"], OPTIONS, 6)


def _fingerprint(*data: Path) -> str:
    node = component.ImageExampleGen([str(source) for source in data], OPTIONS, 3)
    config = example_gen_pb2.Input()
    proto_utils.json_to_proto(node.exec_properties["input_config"], config)
    processor = input_processor.FileBasedInputProcessor(
        node.exec_properties["input_base"], config.splits
    )
    span, version = processor.resolve_span_and_version()
    assert (span, version) == (0, None)
    return processor.get_input_fingerprint(span, version)


def test_the_stock_driver_sees_when_files_change(
    tmp_path: Path, write_files: WriteFiles, make_tar: MakeTar
) -> None:
    root = write_files(tmp_path / "photos", ["1.jpg", "a/b/c/2.jpg"])
    archive = make_tar(tmp_path / "x.tar", {"3.jpg": b"3"})
    seen = [_fingerprint(root, archive)]
    assert _fingerprint(root, archive) == seen[0]
    changes: list[Callable[[], object]] = [
        lambda: (root / "a/b/c/2.jpg").write_bytes(b"of another length"),
        lambda: write_files(root, ["a/b/c/d/4.jpg"]),
        lambda: make_tar(archive, {"3.jpg": b"3" * 20_000}),
        lambda: (root / "1.jpg").unlink(),
        lambda: shutil.rmtree(root / "a"),
    ]
    for change in changes:
        change()
        seen.append(_fingerprint(root, archive))
    assert len(set(seen)) == len(changes) + 1
