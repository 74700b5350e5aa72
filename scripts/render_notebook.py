"""Runs the notebook in a clean kernel and writes a rendered copy, Markdown and pictures.

.venv/bin/python scripts/render_notebook.py              # docs/notebook.md
OUTPAINTING_PRESET=sample .venv/bin/python scripts/render_notebook.py --output /tmp/notebook.md

The copy in docs/ shows the weights that ship, and says of which cells and weights it is. Where
either has changed, a test fails until it is rendered anew. The notebook itself stays as it is.
"""

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "outpainting_pipeline.ipynb"
WEIGHTS = ROOT / "models" / "pretrained"
PRESET = "quality"  # goes on from the weights that ship
_VARIABLE = "OUTPAINTING_PRESET"
_TIMEOUT = 3600  # seconds a cell


@click.command(context_settings={"show_default": True})
@click.option(
    "--output",
    default=ROOT / "docs" / "notebook.md",
    show_default="docs/notebook.md",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Markdown to write; the pictures go to images/NAME beside it.",
)
@click.option(
    "--executed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also keep the notebook with its outputs here.",
)
def main(output: Path, executed: Path | None) -> None:
    """Run the notebook and write what it shows."""
    warnings.simplefilter("ignore")  # of Jupyter, about the event loop
    with tempfile.TemporaryDirectory() as folder:
        # From the start, not from the cache of an earlier run.
        os.environ.setdefault("OUTPAINTING_OUTPUT", f"{folder}/output")
        os.environ.setdefault(_VARIABLE, PRESET)
        notebook = execute()
        if executed:
            executed.write_text(_dumps(notebook))
        render(notebook, output, {f"{ROOT}/": "", f"{folder}/": ""})
    click.echo(f"written: {output}")


def note(notebook: Path = NOTEBOOK, weights: Path = WEIGHTS, preset: str = PRESET) -> str:
    """Says what a copy is of, and how it is made.

    Args:
        notebook: The notebook; its cells' text counts, and nothing else of it.
        weights: The folder of models that ship.
        preset: Whose training it shows.

    Returns:
        The copy's first line.
    """
    cells = [
        [c["cell_type"], "".join(c["source"])] for c in json.loads(notebook.read_text())["cells"]
    ]
    models = [file.read_bytes() for file in sorted(weights.glob("*/fingerprint.pb"))]
    return (
        "<!-- Rendered by `.venv/bin/python scripts/render_notebook.py` from "
        f"notebooks/{NOTEBOOK.name}; change that. Of cells {_digest(json.dumps(cells).encode())}, "
        f"weights {_digest(*models)}, preset {preset}. -->"
    )


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def execute():
    """Runs every cell in a new kernel of this Python.

    Returns:
        The notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # Where Jupyter starts it; the project is importable wherever it is installed.
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    with tempfile.TemporaryDirectory() as folder:
        # By sockets of this user's: over TCP a newer kernel warns that anybody may listen.
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        client = NotebookClient(
            notebook, timeout=_TIMEOUT, kernel_name="python3", resources=resources, config=config
        )
        client.execute()
    return notebook


def render(notebook, output: Path, replacements: dict[str, str]) -> None:
    """Writes Markdown and pictures, without any path of this machine.

    Args:
        notebook: With its outputs.
        output: The Markdown file.
        replacements: Text to write for text.
    """
    from nbconvert import MarkdownExporter

    folder = f"images/{output.stem}"
    names = {"output_files_dir": folder, "unique_key": "output"}
    text, resources = MarkdownExporter().from_notebook_node(notebook, names)
    for old, new in replacements.items():
        text = text.replace(old, new)
    shutil.rmtree(output.parent / folder, ignore_errors=True)
    for name, content in resources["outputs"].items():
        file = output.parent / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    lines = (line.rstrip() for line in text.strip().splitlines())
    first = note(preset=os.environ.get(_VARIABLE, PRESET))
    output.write_text(f"{first}\n\n" + "\n".join(lines) + "\n")


def _dumps(notebook) -> str:
    import nbformat

    return nbformat.writes(notebook)


if __name__ == "__main__":
    main()
