"""The notebook, run from a clean kernel, and its rendered copy."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from kfp.components import load_component_from_file
from PIL import Image

import settings
from pipeline.pipeline import Paths, create_pipeline
from scripts import render_notebook
from settings import loading
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "outpainting_pipeline.ipynb"
DOCS = ROOT / "docs" / "notebook.md"
PICTURE = re.compile(r"!\[\w+\]\(([^)]+)\)")
STATIC = {"text/plain", "text/markdown", "image/png", "image/jpeg"}


def code_cells(file: Path) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(file, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook executed and rendered, of the phase that is built soonest."""
    folder = tmp_path_factory.mktemp("rendered")
    quick = yaml.safe_load((loading.PRESETS_FOLDER / "smoke.yaml").read_text())
    for phase in ("discriminator", "gan"):
        quick["training"][phase] = {"epochs": 0}
    (folder / "quick.yaml").write_text(yaml.safe_dump(quick))
    command = [sys.executable, "scripts/render_notebook.py", "--output", str(folder / "copy.md")]
    done = subprocess.run(
        [*command, "--executed", str(folder / "executed.ipynb")],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OUTPAINTING_PRESET": str(folder / "quick.yaml"),
            "OUTPAINTING_OUTPUT": str(folder / "output"),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_it_is_committed_without_outputs() -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    for cell in code_cells(NOTEBOOK):
        assert cell.outputs == []
        assert cell.execution_count is None
        assert cell.metadata == {}


def test_it_runs_every_component_of_the_pipeline_in_order(tmp_path: Path) -> None:
    source = "\n".join(cell.source for cell in code_cells(NOTEBOOK))
    paths = Paths(["data/sample"], str(tmp_path), str(tmp_path))
    pipeline = create_pipeline(settings.load("smoke", ["tuner.enabled=true"]), paths)
    assert re.findall(r'steps\.run\("(\w+)"\)', source) == [c.id for c in pipeline.components]


def test_every_cell_shows_something_static_and_nothing_is_painted_red(rendered: Path) -> None:
    for cell in code_cells(rendered / "executed.ipynb"):
        for output in cell.outputs:
            assert output.output_type in ("stream", "execute_result"), cell.source
            if output.output_type == "stream":
                assert output.name == "stdout", output.text
            else:
                assert set(output.data) <= STATIC
        text = json.dumps(cell.outputs)
        assert "Traceback" not in text
        assert "WARNING" not in text


def test_it_tells_what_the_pipeline_did(rendered: Path) -> None:
    text = (rendered / "copy.md").read_text()
    lines = re.findall(r"^ +(\w+) +[\d.]+ s  (complete|cached)$", text, re.MULTILINE)
    wiring = text.partition("| component |")[2].partition("\n\n")[0]
    ids = re.findall(r"^\| (\w+) \|", wiring, re.MULTILINE)
    assert [name for name, _ in lines] == ids
    assert ids[0] == "ImageExampleGen"
    for said in (
        "| train | 12 | taken |",
        "| train | category | 12 | 0 |",
        "| width | INT | required |  | min: 32; max: 65500 |",
        "| eval |  | no anomaly |",
        "Unexpectedly large value: 256.",
        "| **all** | 12 |",
        "lessed**: it",
        "photographs data/sample: 12 train, 12 eval; rejected: none",
        "hidden left, right, top, bottom:",
        "Compiled for vertex",
    ):
        assert said in text


def test_its_pictures_are_pictures(rendered: Path) -> None:
    names = PICTURE.findall((rendered / "copy.md").read_text())
    assert len(names) == 7
    for name in names:
        with Image.open(rendered / name) as picture:
            assert min(picture.size) > 200
            assert len(picture.convert("RGB").getcolors(10**7)) > 20


def test_what_it_compiles_is_the_pipeline(rendered: Path) -> None:
    job = json.loads((rendered / "output" / "notebook" / "pipeline.json").read_text())
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    assert {"ImageExampleGen", "Trainer", "Evaluator", "Pusher"} <= tasks.keys()
    load_component_from_file(str(rendered / "output" / "notebook" / "pipeline.yaml"))


def test_the_copy_names_no_path_of_this_machine(rendered: Path) -> None:
    text = (rendered / "copy.md").read_text()
    assert str(ROOT) not in text
    assert sys.prefix not in text
    assert f"{Path.home()}/" not in text


@pytest.mark.parametrize("where", ["docs", "rendered"])
def test_the_copy_has_the_notebooks_cells(where: str, request: pytest.FixtureRequest) -> None:
    copy = DOCS if where == "docs" else request.getfixturevalue("rendered") / "copy.md"
    blocks = re.findall(r"^```python\n(.*?)^```$", copy.read_text(), re.MULTILINE | re.DOTALL)
    assert [block.strip() for block in blocks] == [cell.source for cell in code_cells(NOTEBOOK)]


def test_the_copy_in_the_docs_is_of_these_cells_and_weights() -> None:
    """Run `.venv/bin/python scripts/render_notebook.py` where it is not."""
    assert DOCS.read_text().splitlines()[0] == render_notebook.note()


def test_a_copy_says_of_which_cells_and_weights_it_is(tmp_path: Path) -> None:
    notebook, weights = tmp_path / "a.ipynb", tmp_path / "pretrained"
    shutil.copytree(render_notebook.WEIGHTS, weights)
    document = json.loads(NOTEBOOK.read_text())
    document["metadata"]["kernelspec"]["display_name"] = "another"
    notebook.write_text(json.dumps(document, indent=7))
    assert render_notebook.note(notebook, weights) == render_notebook.note()
    for cell in (0, -1):  # text, and code
        changed = json.loads(NOTEBOOK.read_text())
        changed["cells"][cell]["source"] = ["another"]
        notebook.write_text(json.dumps(changed))
        assert render_notebook.note(notebook, weights) != render_notebook.note()
    (file,) = weights.glob("*/fingerprint.pb")
    file.write_bytes(b"other weights")
    assert render_notebook.note(NOTEBOOK, weights) != render_notebook.note()
    assert render_notebook.note(preset="smoke") != render_notebook.note()


def test_the_copy_in_the_docs_is_small_and_whole() -> None:
    text = DOCS.read_text()
    pictures = [DOCS.parent / name for name in PICTURE.findall(text)]
    assert pictures
    assert sorted(pictures) == sorted((DOCS.parent / "images" / "notebook").iterdir())
    assert sum(file.stat().st_size for file in [DOCS, *pictures]) < 1_500_000
    for file in pictures:
        Image.open(io.BytesIO(file.read_bytes())).verify()
