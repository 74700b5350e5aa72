"""Small real pictures, archives and runs of ImageExampleGen for the tests of the components."""

import io
import tarfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from PIL import Image

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # TFX and its dependencies warn as they are imported
    from tfx.types import standard_artifacts

    from components import validation_gate  # noqa: F401 - for the tests, as it warns too
    from components.image_example_gen import component, executor, images, options
    from components.image_example_gen.dealing import shards
    from pipeline.beam import WITHIN_PROCESS

LIMITS = images.Limits(
    working_size=64,
    min_side=32,
    max_side=65_500,
    max_pixels=1_000_000,
    max_bytes=100_000,
    max_memory=100_000_000,
)
MakeJpeg = Callable[..., bytes]
MakeTar = Callable[..., Path]
Ingest = Callable[..., standard_artifacts.Examples]


@pytest.fixture(scope="session")
def make_jpeg() -> MakeJpeg:
    """Makes a JPEG, a different one for each number."""

    def make(number: int = 0, width: int = 48, height: int = 40) -> bytes:
        colour = (number * 37 % 256, number * 101 % 256, number * 11 % 256)
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def make_tar() -> MakeTar:
    """Writes an archive of files, and of members that are not files."""

    def make(
        path: Path,
        members: Mapping[str, bytes],
        others: Iterable[tarfile.TarInfo] = (),
        form: int = tarfile.PAX_FORMAT,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w", format=form) as tar:
            for other in others:
                tar.addfile(other)
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path

    return make


@pytest.fixture(scope="session")
def ingest() -> Ingest:
    """Runs ImageExampleGen's executor on what the component gives it."""

    def run(
        data: Iterable[Path], output: Path, eval_share: int = 3, **changes: object
    ) -> standard_artifacts.Examples:
        given = {key: changes.pop(key) for key in set(changes) & set(images.Limits._fields)}
        values: dict[str, object] = {
            "limits": LIMITS._replace(**given),
            "sizes": shards.Sizes(1 << 20, 1, 64, 1 << 16),
            "buckets": {"train": eval_share - 1, "eval": 1},
            "images": {"train": None, "eval": None},
            "split_by": "image",
            "near_duplicates": "keep",
            "work": f"{output}-work",
            "code": "",
        }
        node = component.ImageExampleGen(
            [str(source) for source in data], options.Options(**values | changes)
        )
        examples = standard_artifacts.Examples()
        examples.uri = str(output)
        within = executor.Executor.Context(beam_pipeline_args=[*WITHIN_PROCESS])
        executor.Executor(within).Do({}, {"examples": [examples]}, node.exec_properties)
        return examples

    return run
