"""How long a picture takes to outpaint, and how much memory, by its size.

    .venv/bin/python -m benchmarks.outpainting [--model output/serving] [--write-docs]

Each size runs in a process of its own: the model is loaded, then a sample photograph, enlarged to
that size, 4:3, has a half added on the right. Memory is the greatest resident memory of that
process over what it held with the model loaded. A megapixel is one of the input; the result has
1.5 times as many. CPU seconds are of all cores together.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import click

from benchmarks import pages

_ROOT = Path(__file__).parent.parent
_PHOTOGRAPH = _ROOT / "data" / "sample" / "val" / "valley" / "sunset_1.jpg"


@click.command()
@click.option("--model", type=click.Path(exists=True), help="Left out, the package's own.")
@click.option(
    "--megapixels", type=float, multiple=True, default=(0.25, 1, 4, 12), show_default=True
)
@click.option("--write-docs", is_flag=True, help="Put the table into docs/serving.md.")
@click.option("--one", is_flag=True, hidden=True)
def main(model: str | None, megapixels: tuple[float, ...], write_docs: bool, one: bool) -> None:
    """Measure pictures of so many MEGAPIXELS."""
    if one:
        click.echo(measure(model, megapixels[0]))
        return
    rows = [
        "| megapixels | input | result | canvases | seconds | s/megapixel | CPU s/megapixel "
        "| MB over the model's | MB/megapixel |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size in megapixels:
        command = [sys.executable, "-m", "benchmarks.outpainting", "--one"]
        command += ["--megapixels", str(size), *(["--model", model] if model else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(done.stdout.splitlines()[-1])
    table = "\n".join(rows)
    click.echo(table)
    if write_docs:
        pages.write("serving.md", "outpainting", table)


def measure(folder: str | None, megapixels: float) -> str:
    """Measures one size.

    Args:
        folder: A SavedModel or a serving folder; None for the package's own.
        megapixels: Of the input.

    Returns:
        A row of the table.
    """
    import cv2

    from serving.engine.painting import paint
    from serving.model.saved_model import PRETRAINED, Model
    from serving.model.versions import Versions
    from serving.request import Request
    from serving.settings import Settings

    model: Model = Versions(Path(folder) if folder else PRETRAINED).load()
    width, height = (
        round((megapixels * 1e6 * 4 / 3) ** 0.5),
        round((megapixels * 1e6 * 3 / 4) ** 0.5),
    )
    photograph = cv2.cvtColor(cv2.imread(str(_PHOTOGRAPH)), cv2.COLOR_BGR2RGB)
    picture = cv2.resize(photograph, (width, height), interpolation=cv2.INTER_CUBIC)
    calls = 0

    class Counted:
        any_size = model.any_size

        def predict(self, canvases, masks, seeds):
            nonlocal calls
            calls += len(canvases)
            return model.predict(canvases, masks, seeds)

    # Once, so that TensorFlow's own buffers count as the model's, and what is compiled at first use
    # does not count.
    request = Request(right="50%")
    paint(picture[:400, :400].copy(), request, model, Settings())
    before, started, cpu = peak_mb(), time.monotonic(), time.process_time()
    result = paint(picture, request, Counted(), Settings())
    cpu = time.process_time() - cpu
    seconds, memory = time.monotonic() - started, peak_mb() - before
    real = width * height / 1e6
    return (
        f"| {megapixels:g} | {width} x {height} | {result.shape[1]} x {result.shape[0]} | {calls} "
        f"| {seconds:.1f} | {seconds / real:.1f} | {cpu / real:.1f} "
        f"| {memory:.0f} | {memory / real:.0f} |"
    )


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
