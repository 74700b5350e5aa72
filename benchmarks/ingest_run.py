"""One way of writing sets of images, in a process of its own, measured: for benchmarks.ingest.

python -m benchmarks.ingest_run WAY WORKERS LIMIT DATA...
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import ingest_rivals


def ours(data: Path, limit: int, workers: int, output: Path) -> dict[str, float]:
    """Runs ImageExampleGen's executor.

    Args:
        data: A folder or archive.
        limit: Greatest number of training images; 0 for all.
        workers: Processes.
        output: A folder.

    Returns:
        How many images were written, in how many shards, and at which rate from the first shard to
        the last, images a second.
    """
    from tfx.types import standard_artifacts

    from components.image_example_gen import accounting, component, executor
    from pipeline.beam import WITHIN_PROCESS
    from pipeline.pipeline import ingest_options
    from settings.config import Config

    # The large pictures are cut from few photographs: nearly all would be left out, uncounted.
    given = {"train_images": limit or None, "near_duplicates": "keep"}
    config = Config.model_validate({"data": given})
    beam_args = [*WITHIN_PROCESS]
    if workers > 1:
        beam_args += ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]
    node = component.ImageExampleGen([str(data)], ingest_options(config, str(output), beam_args))
    examples = standard_artifacts.Examples()
    examples.uri = str(output / "examples")
    within = executor.Executor.Context(beam_pipeline_args=beam_args)
    executor.Executor(within).Do({}, {"examples": [examples]}, node.exec_properties)
    told = {file.stat().st_mtime: json.loads(file.read_text())[1] for file in _reports(output)}
    first, *others = sorted(told)
    seconds = max(others, default=first) - first
    rate = sum(told[when] for when in others) / seconds if seconds else 0
    images = sum(accounting.read_summary(examples.uri)["images"].values())
    return {"images": images, "shards": len(told), "rate": rate}


def _reports(output: Path) -> list[Path]:
    return list((output / "shards").glob("*.json"))


def main() -> None:
    """Prints images, shards, seconds and peak memory of each set as a line of JSON."""
    how, workers, limit, *data = sys.argv[1:]
    if how == "ours":  # TFX takes long to import, and a pipeline does so once
        import pipeline.pipeline  # noqa: F401
    elif how != "codec":
        import tensorflow  # noqa: F401
    for source in map(Path, data):
        with tempfile.TemporaryDirectory() as folder:
            told = _measured(how, source, int(limit), int(workers), Path(folder))
        print(json.dumps(told | {"peak_mib": _peak_mib()}), flush=True)


def _measured(how: str, data: Path, limit: int, workers: int, folder: Path) -> dict[str, float]:
    files = sorted(data.rglob("*.jpg"))
    started, before = time.monotonic(), _cpu()
    told: dict[str, float] = {"images": len(files), "shards": 0, "rate": 0}
    if how == "codec":
        return told | ingest_rivals.codec(files, workers)._asdict()
    if how == "ours":
        told = ours(data, limit, workers, folder)
    elif how == "tfds":
        ingest_rivals.tfds_style(files, folder)
    else:
        cost = ingest_rivals.img2dataset_style(files, folder, workers)
        told |= {"rate": len(files) / cost.wall, "cpu": cost.cpu}
    return {"wall": time.monotonic() - started, "cpu": _cpu() - before} | told


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in spent)


def _peak_mib() -> float:
    """Of the greatest process."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) / 1024


if __name__ == "__main__":
    main()
