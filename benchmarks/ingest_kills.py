"""What ingestion that was killed at a random moment costs, and whether anything is lost.

    .venv/bin/python -m benchmarks.ingest_kills PLACES [--kills 5] [--seed 0] [--write-docs]

PLACES is a folder of tar archives. After an undisturbed run, each attempt begins in an empty
folder, is killed by SIGKILL at a moment between its start and its end, and is run again.
"""

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import click
from rich.progress import Progress

from benchmarks import pages
from models import features

_INGEST = """
import sys; from pathlib import Path; from benchmarks import ingest_run
ingest_run.ours(Path(sys.argv[1]), 0, 1, Path(sys.argv[2]))
"""


class Kill(NamedTuple):
    """What became of one."""

    seconds: float  # after the start
    finished: int  # shards by then
    made: int  # shards by the second run
    again: int  # of the finished, how many were made a second time
    same: bool  # whether shards and reports are byte for byte those of an undisturbed run


@click.command()
@click.argument("places", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--kills", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="of the moments")
@click.option("--write-docs", "docs", is_flag=True, help="Write the table to docs/scaling.md.")
def main(places: Path, kills: int, seed: int, docs: bool) -> None:
    """Kill the ingestion of PLACES at random moments, and run it again."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, Progress(transient=True) as progress:
        folder = Path(name)
        started = time.monotonic()
        _start(places, folder / "undisturbed").wait()
        whole = time.monotonic() - started
        wanted = _content(folder / "undisturbed")
        told = []
        for number in progress.track(range(kills), description="killing"):
            output = folder / str(number)
            told.append(_kill(places, output, whole * chance.random(), wanted))
            shutil.rmtree(output)
    text = table(told, whole)
    click.echo(text)
    if docs:
        pages.write("scaling.md", "kills", text)
    sys.exit(not all(kill.same and not kill.again for kill in told))


def _kill(places: Path, output: Path, seconds: float, wanted: dict[str, str]) -> Kill:
    process = _start(places, output)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = _shards(output)
    shutil.rmtree(output / "examples", ignore_errors=True)  # TFX gives a run a folder of its own
    _start(places, output).wait()
    after = _shards(output)
    again = sum(after.get(name) != when for name, when in finished.items())
    made = len(after) - len(finished) + again
    return Kill(seconds, len(finished), made, again, _content(output) == wanted)


def _start(places: Path, output: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", _INGEST, str(places), str(output)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _shards(output: Path) -> dict[str, int]:
    """Finished shards, by when they were written."""
    return {file.name: file.stat().st_mtime_ns for file in (output / "shards").glob("*.json")}


def _content(output: Path) -> dict[str, str]:
    """Digests of all files of records and of all reports, by their names."""
    files = [file for file in (output / "examples").rglob("*") if file.is_file()]
    assert any(file.name == features.DIGESTS_FILE for file in files), f"{output} is not whole"
    return {
        str(file.relative_to(output)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def table(kills: list[Kill], whole: float) -> str:
    """Lays them out in Markdown.

    Args:
        kills: All of them.
        whole: Seconds of an undisturbed run.

    Returns:
        A row for each.
    """
    titles = f"killed after, of {whole:.0f} s", "shards finished by then", "made by the second run"
    lines = [f"| {' | '.join(titles)} | made twice | result |"]
    lines.append("|---|---|---|---|---|")
    for kill in kills:
        result = "the same bytes" if kill.same else "**other bytes**"
        cells = f"{kill.seconds:.1f} s | {kill.finished} | {kill.made} | {kill.again} | {result}"
        lines.append(f"| {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
