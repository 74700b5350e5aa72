"""The whole DAG, as a user runs it, on a few photographs with bad files among them."""

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from ml_metadata.proto import metadata_store_pb2
from PIL import Image
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from cli.main import main
from models import features
from pipeline.history import runs
from tests.dag import WITH_SEARCH
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
# Its trials without the phases that take longest to build; the training after it has them.
SEARCH = ("--tune", "--set=tuner.trials=2")
SEARCH += ("--set=tuner.discriminator_epochs=0", "--set=tuner.gan_epochs=0")
LINE = re.compile(r"^  (\w+) +[\d.]+ s  (run|cached)$", re.MULTILINE)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for split, wanted in (("train", 8), ("val", 8)):
        for index, file in enumerate(
            sorted((ROOT / "data/sample" / split).rglob("*.jpg"))[:wanted]
        ):
            target = folder / split / file.parent.name / f"{index}_{file.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    (folder / "train" / "empty.jpg").touch()
    (folder / "train" / "text.png").write_text("not a picture")
    good = next((folder / "val").rglob("*.jpg"))
    (folder / "val" / "cut.jpg").write_bytes(good.read_bytes()[:2000])
    return folder


def command(photographs: Path, output: Path, *options: str) -> list[str]:
    words = [sys.executable, "local_runner.py", "--preset", "smoke"]
    words += ["--data", str(photographs), "--output", str(output)]
    # Any model passes, so that the Pusher is exercised after so little training.
    words += ["--set", "evaluation.min_psnr_gain=-100", "--set", "evaluation.max_seam=1000"]
    return [*words, *options]


def run(photographs: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(photographs, output, *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture(scope="module")
def first(photographs: Path, tmp_path_factory: pytest.TempPathFactory):
    """With a search for hyperparameters, and with a page."""
    output = tmp_path_factory.mktemp("output")
    return run(photographs, output, *SEARCH, "--set", "evaluation.page_images=4"), output


@pytest.fixture
def prepared(first, tmp_path: Path) -> Path:
    """An output folder whose next run takes from the cache what comes before training."""
    _, output = first
    shutil.copytree(output / "metadata", tmp_path / "metadata")
    return tmp_path


def test_every_component_runs_in_order_and_the_run_is_quiet(first) -> None:
    done, _ = first
    assert done.returncode == 0, done.stderr
    assert LINE.findall(done.stderr) == [(name, "run") for name in WITH_SEARCH]
    lines = done.stderr.splitlines()
    assert [line for line in lines if "Warning" in line or "WARNING" in line] == []
    assert len(lines) < 33


def test_the_summary_tells_what_a_user_asks(first) -> None:
    done, output = first
    assert "8 train, 8 eval, 3 rejected" in done.stdout
    assert "2 corrupt, 1 empty" in done.stderr
    assert re.search(
        r"blessed, [-+][\d.]+ dB to best smooth fill \([-+][\d.]+ dB to best fill\), pushed to ",
        done.stdout,
    )
    for words in ("PSNR", "mean fill", "tensorboard --logdir"):
        assert words in done.stdout
    rejects = Path(re.search(r"listed in (\S+)", done.stdout)[1]).read_text()
    for name in ("empty.jpg,empty", "text.png,corrupt", "cut.jpg,corrupt"):
        assert name in rejects
    with Image.open(output / "report" / "outpainted.png") as sheet:
        assert sheet.width > 3 * features.IMAGE_SIZE
        assert len(sheet.getcolors(10**7)) > 1000
    assert str(output / "report" / "evaluation.html") in done.stdout
    page = (output / "report" / "evaluation.html").read_text()
    assert "Measured on 4 pictures" in page
    content = json.loads((output / "report" / "evaluation.json").read_text())
    assert content["masks"].keys() == {"four_sides", "two_sides", "one_side"}


def test_the_store_tells_data_settings_figures_and_lineage(first, photographs: Path) -> None:
    _, output = first
    (pushed,) = (output / "serving").iterdir()
    done = CliRunner().invoke(
        main, ["runs", "show", pushed.name, "--output", str(output), "--json"]
    )
    assert done.exit_code == 0, done.output
    run = json.loads(done.output)
    assert (run["run"], run["state"], run["preset"]) == (1, "complete", "smoke")
    assert run["data"] == [str(photographs)]
    assert run["images"] == {"train": 8, "eval": 8}
    assert run["rejected"] == {"corrupt": 2, "empty": 1}
    assert run["settings"]["evaluation"]["min_psnr_gain"] == -100
    assert (run["blessed"], run["pushed"]) == (True, str(pushed))
    assert 0 < run["metrics"][features.PSNR_OF_MEAN] < 60
    assert set(run["code"]) >= {"ImageExampleGen", "Transform", "Trainer"}
    model, *_ = run["lineage"]["inputs"]
    assert model["type"] == "Model"
    assert {source["type"] for source in model["inputs"]} == {
        "Examples",
        "HyperParameters",
        "Schema",
        "TransformGraph",
    }


def test_the_pushed_model_outpaints(first, photographs: Path) -> None:
    _, output = first
    (version,) = (output / "serving").iterdir()
    model = tf.saved_model.load(str(version))
    file = next((photographs / "val").glob("*/*.jpg"))
    result = model.signatures[features.SERVING_SIGNATURE](tf.constant([file.read_bytes()] * 2))
    first_png, second_png = result[features.OUTPAINTED_BYTES].numpy()
    assert first_png == second_png
    outpainted = np.asarray(Image.open(io.BytesIO(first_png)))
    assert outpainted.shape == (128, 128, 3)
    with Image.open(file) as photograph:
        small = np.asarray(photograph.convert("RGB").resize((128, 128), Image.Resampling.BOX), int)
    # The known centre is the photograph's own.
    assert abs(outpainted[32:96, 32:96].astype(int) - small[32:96, 32:96]).mean() < 4


def test_a_second_run_comes_from_the_cache_and_pushes_nothing_worse(
    first, photographs: Path
) -> None:
    _, output = first
    done = run(photographs, output, *SEARCH)
    assert done.returncode == 0, done.stderr
    how = dict(LINE.findall(done.stderr))
    assert tuple(how) == WITH_SEARCH
    # After the first blessing there is a last blessed model to compare with.
    again = {name for name, origin in how.items() if origin == "run"}
    assert again <= {"LatestBlessedModel", "Evaluator", "Pusher"}


def test_data_that_does_not_meet_the_schema_stops_the_run_by_name(
    photographs: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few"
    for index, file in enumerate(sorted((photographs / "train").rglob("*.jpg"))[:5]):
        few.mkdir(exist_ok=True)
        shutil.copy(file, few / f"{index}.jpg")
    done = run(few, tmp_path / "output")
    assert done.returncode == 1
    assert "ValidationGate: the data does not meet the schema" in done.stderr
    assert "fewer than expected" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_run_goes_on_where_it_was_and_ctrl_c_leaves_no_broken_state(
    photographs: Path, prepared: Path
) -> None:
    # The phases that take longest to build are left out.
    options = ["--set", "training.discriminator.epochs=0", "--set", "training.gan.epochs=0"]
    options += ["--set", "training.generator.epochs=200", "--set", "training.checkpoint_seconds=0"]
    words = command(photographs, prepared, *options)
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE) as process:
        while not list(prepared.glob("pipeline/training/*/checkpoints/state.json")):
            assert process.poll() is None
            time.sleep(0.1)
        process.kill()
    (file,) = prepared.glob("pipeline/training/*/checkpoints/state.json")
    position = json.loads(file.read_text())["position"]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = next((line for line in process.stderr if "going on" in line), "")
        process.send_signal(signal.SIGINT)
        message = process.stderr.read()
    assert f"generator phase, epoch {position['epoch']}, step {position['step']}" in said
    assert process.returncode == 130
    assert "Interrupted in Trainer" in message
    assert "Traceback" not in message
    store = runs.open_store(prepared / "metadata" / "metadata.db")
    states = [execution.last_known_state for execution in store.get_executions()]
    assert metadata_store_pb2.Execution.RUNNING not in states
    assert states.count(metadata_store_pb2.Execution.CANCELED) == 2  # killed, and interrupted
    assert not list((prepared / "pipeline" / "Trainer" / "model").glob("*"))


def test_a_search_for_hyperparameters_feeds_the_trainer(first) -> None:
    done, output = first
    assert re.search(r"best: trial \d of 2: val_mse 0\.\d+ with dilation_rate_0 ", done.stderr)
    (found,) = output.glob("pipeline/Tuner/best_hyperparameters/*/best_hyperparameters.txt")
    best = json.loads(found.read_text())["values"]
    model = tf.saved_model.load(str(next((output / "serving").iterdir())))
    graph = convert_variables_to_constants_v2(model.signatures["outpaint"]).graph.as_graph_def()
    nodes = {node.name: node for node in graph.node}
    # TensorFlow dilates by taking a picture apart into blocks.
    blocks = [nodes[n.input[1]] for n in graph.node if n.op == "SpaceToBatchND"]
    rates = [int(tf.make_ndarray(block.attr["value"].tensor)[0]) for block in blocks]
    searched = [best[f"dilation_rate_{index}"] for index in range(5)]
    assert sorted(rates) == sorted(rate for rate in searched if rate > 1)
