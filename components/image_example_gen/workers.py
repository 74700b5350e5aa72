"""How many processes ingest: as many as there are cores, where that outweighs their start."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions

from components.image_example_gen.dealing.shards import Shard

# What reading, checking and writing takes, as `python -m benchmarks.ingest` measures it.
_SECONDS_AN_IMAGE = 300e-6
_SECONDS_A_BYTE = 14e-9
_WORTH = 60  # seconds of work: each process takes some eight to import what it needs
_MOST = 8  # processes; each holds 0.9 GB
_ROOT = str(Path(__file__).parents[2])


def beam_args(given: Sequence[str], shards: Sequence[Shard]) -> list[str]:
    """Adds processes where they pay and nothing else was said of them.

    Args:
        given: Pipeline options.
        shards: What is to be written.

    Returns:
        Pipeline options.
    """
    options = PipelineOptions([*given])
    direct = options.view_as(DirectOptions)
    said = direct.direct_num_workers != 1 or direct.direct_running_mode != "in_memory"
    local = options.view_as(StandardOptions).runner == "FnApiRunner"
    workers = min(os.cpu_count() or 1, _MOST, len(shards))
    if said or not local or workers == 1 or _seconds(shards) < _WORTH:
        return [*given]
    return [
        *given,
        "--direct_running_mode=multi_processing",
        f"--direct_num_workers={workers}",
    ]


@contextlib.contextmanager
def importable() -> Iterator[None]:
    """Lets processes find our code, from whatever folder this one was started."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([_ROOT, *([before] if before else [])])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _seconds(shards: Sequence[Shard]) -> float:
    entries = [entry for shard in shards for entry in shard.entries]
    stored = sum(entry.member.size if entry.member else entry.size for entry in entries)
    return len(entries) * _SECONDS_AN_IMAGE + stored * _SECONDS_A_BYTE
