"""The compiled pipeline, run step by step as Kubeflow and Vertex AI run it, makes the same model.

Slow: every step is a process that imports TFX. The local run it is compared with goes on beside it.
"""

import gzip
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import settings
from components.image_example_gen import driver
from models import features
from pipeline.cloud.compiling import compile_pipeline
from pipeline.cloud.step import metrics
from pipeline.gate import result
from settings.cloud import Target
from settings.places import Places
from tests.dag import ON_KUBEFLOW
from tests.spec_runner.kubeflow import Kubeflow
from tests.spec_runner.specification import Json, load
from tests.spec_runner.vertex import Vertex

ROOT = Path(__file__).parent.parent
# The same seed, deterministic operations and one thread: in fact they agree to the bit.
TOLERANCE = 1e-6  # of values in 0-1
SETTINGS = [
    "evaluation.min_psnr_gain=-100",  # any model passes, so that the Pusher is exercised
    "evaluation.max_seam=1000",
    "training.discriminator.epochs=0",  # the phases that take longest to build
    "training.gan.epochs=0",
    "training.precision=float32",  # `auto` goes by what is faster at that moment
]
# The run is told another seed than the file was compiled with: that of the local run.
COMPILED, PARAMETERS = ["training.seed=9"], {"settings": "training.seed=0"}
# The first as the Dockerfile has it; the others, one thread, lest Adam make much of last bits.
NAMES = ("TF_USE_LEGACY_KERAS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
ENVIRONMENT = {name: os.environ[name] for name in NAMES}  # of tests/conftest.py


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for split in ("train", "val"):
        for file in sorted((ROOT / "data" / "sample" / split).rglob("*.jpg"))[:8]:
            target = folder / split / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return folder


def compiled(photographs: Path, folder: Path, target: Target) -> Json:
    loaded = settings.load("smoke", [*SETTINGS, *COMPILED])
    # Folders here stand for buckets; the command would refuse them.
    where = Places((str(photographs),), f"{folder}/line", f"{folder}/line/serving", "here:1")
    name = str(folder / ("pipeline.json" if target == "vertex" else "pipeline.yaml"))
    return load(Path(compile_pipeline(loaded, where, target, name)[0]))


@pytest.fixture(scope="module")
def runs(
    photographs: Path, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Kubeflow, Vertex, Path]:
    """The whole pipeline as on Kubeflow, its first step as on Vertex AI, and the local output."""
    names = ("local", "kubeflow", "vertex")
    local, kubeflow, vertex = (tmp_path_factory.mktemp(name) for name in names)
    words = [sys.executable, "local_runner.py", "--preset", "smoke", "--data", str(photographs)]
    words += ["--output", str(local)]
    words += [word for setting in SETTINGS for word in ("--set", setting)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as beside:
        first = compiled(photographs, kubeflow, "kubeflow")
        second = compiled(photographs, vertex, "vertex")
        on_kubeflow = Kubeflow(first, kubeflow, installed, ENVIRONMENT, PARAMETERS)
        on_vertex = Vertex(second, vertex, installed, ENVIRONMENT)
        on_kubeflow.run()
        on_vertex.run("ImageExampleGen")
        _, said = beside.communicate()
    assert beside.returncode == 0, said
    return on_kubeflow, on_vertex, local


def test_the_pushed_model_is_the_local_runners(runs, photographs: Path) -> None:
    on_kubeflow, _, local = runs
    pushed = on_kubeflow.outputs["Pusher"]["pushed_model"]["metadata"]
    assert pushed["pushed"] == 1
    (theirs,) = (local / "serving").iterdir()
    folders = [Path(pushed["pushed_destination"]), theirs]
    weights = [tf.train.load_checkpoint(str(f / "variables" / "variables")) for f in folders]
    names = sorted(weights[0].get_variable_to_shape_map())
    assert names == sorted(weights[1].get_variable_to_shape_map())
    for name in names:
        if weights[0].get_variable_to_dtype_map()[name].is_floating:
            ours, others = (reader.get_tensor(name) for reader in weights)
            np.testing.assert_allclose(ours, others, rtol=0, atol=TOLERANCE, err_msg=name)
    models = [tf.saved_model.load(str(folder)) for folder in folders]
    canvases = np.random.default_rng(0).random((4, 128, 128, 3), np.float32)
    masks = np.zeros((4, 128, 128, 1), np.float32)
    masks[:, :, :40] = 1
    ours, others = (
        model.signatures["outpaint"](canvases=tf.constant(canvases), masks=tf.constant(masks))[
            "outpainted"
        ].numpy()
        for model in models
    )
    # Two steps make it nearly grey, but not as grey as the tolerance is wide.
    assert ours[:, :, :40].std() > 20 * TOLERANCE
    np.testing.assert_allclose(ours, others, rtol=0, atol=TOLERANCE)
    data = next((photographs / "val").rglob("*.jpg")).read_bytes()
    pictures = [
        model.signatures[features.SERVING_SIGNATURE](tf.constant([data]))[
            features.OUTPAINTED_BYTES
        ].numpy()[0]
        for model in models
    ]
    assert pictures[0] == pictures[1]


def test_the_steps_ran_in_the_order_in_which_data_flows(runs) -> None:
    on_kubeflow, *_ = runs
    assert tuple(on_kubeflow.outputs) == ON_KUBEFLOW
    blessing = on_kubeflow.outputs["Evaluator"]["blessing"]["metadata"]
    model = on_kubeflow.outputs["Trainer"]["model"]
    assert blessing["blessed"] == 1
    assert blessing["current_model"] == model["uri"]
    assert blessing["current_model_id"] == model["name"]


def test_the_evaluators_figures_are_metrics_of_the_run(runs) -> None:
    on_kubeflow, *_ = runs
    found = on_kubeflow.outputs["Evaluator"]
    figures = result.load_figures(str(on_kubeflow.store.place(found["evaluation"]["uri"])))
    told = found[metrics.OUTPUT]["metadata"]
    finite = {name: value for name, value in figures.items() if math.isfinite(value)}
    assert {name: told[name] for name in finite} == finite
    assert features.PSNR_OF_MEAN in finite


def test_vertex_is_told_what_the_photographs_are_before_it_looks_for_a_cached_run(runs) -> None:
    on_kubeflow, on_vertex, local = runs
    made = on_kubeflow.outputs["ImageExampleGen"]["examples"]
    examples = {
        "vertex": Path(on_vertex.outputs["ImageExampleGen"]["examples"]["uri"]),
        "kubeflow": on_kubeflow.store.place(made["uri"]),
        "local": next((local / "pipeline" / "ImageExampleGen" / "examples").iterdir()),
    }
    metadata = on_vertex.outputs["ImageExampleGen"]["examples"]["metadata"]
    fingerprint = on_vertex.found_before["ImageExampleGen"][driver.FINGERPRINT]
    (listing,) = on_vertex.root.rglob("*.jsonl.gz")
    assert listing.name == f"{fingerprint}.jsonl.gz"
    assert len(gzip.decompress(listing.read_bytes()).splitlines()) == 16
    assert json.loads(metadata["split_names"]) == ["train", "eval"]
    names = {path.relative_to(examples["local"]) for path in examples["local"].glob("Split-*/*")}
    assert len(names) == 2
    for name in names:
        contents = {(folder / name).read_bytes() for folder in examples.values()}
        assert len(contents) == 1
