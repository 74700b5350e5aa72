"""The pipeline runs on an engine elsewhere, which ingests the sample to the bytes made here.

Prism runs where there is one, Flink and Spark where a variable names a job server on this machine.
Dataflow's job is made as its runner makes it, and not sent.
"""

import re
import subprocess
import sys
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.dataflow import dataflow_runner
from tfx.types import standard_artifacts

import settings
from components.image_example_gen import component, executor, writing
from components.image_example_gen.images import Limits
from pipeline import beam as engines
from pipeline.cloud.placement import Cloud
from pipeline.pipeline import ingest_options
from settings.places import places
from tests.conftest import ROOT, SAMPLE
from tests.dag import COMPONENTS
from tests.pipeline.engines import job_server, pool

SAID = ("data.shards=4", "data.train_images=30")
# What the line's other components make of the examples is of no matter here, but that they can.
QUICK = (
    "data.eval_images=12",
    "training.batch_size=15",
    "training.discriminator.epochs=0",
    "training.gan.epochs=0",
    "evaluation.min_psnr_gain=-100",
    "evaluation.max_seam=1000",
)


def _run(output: Path, *said: str) -> Path:
    """Runs the whole pipeline on the sample, and gives the folder of its examples."""
    words = [word for each in (*SAID, *QUICK, *said) for word in ("--set", each)]
    command = [sys.executable, "local_runner.py", "--preset", "smoke", "--output", str(output)]
    done = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^  (\w+) +[\d.]+ s  run$", done.stderr, re.MULTILINE) == [*COMPONENTS]
    assert list(output.glob("serving/*/saved_model.pb"))
    (examples,) = (output / "pipeline" / "ImageExampleGen" / "examples").iterdir()
    return examples


def _ingest(folder: Path) -> Path:
    """Lets ImageExampleGen ingest the sample within this process."""
    config = settings.load("smoke", [*SAID, *QUICK])
    options = ingest_options(config, str(folder), engines.WITHIN_PROCESS)
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    within = executor.Executor.Context(beam_pipeline_args=[*engines.WITHIN_PROCESS])
    properties = component.ImageExampleGen([str(SAMPLE)], options).exec_properties
    executor.Executor(within).Do({}, {"examples": [examples]}, dict(properties))
    return Path(examples.uri)


def _files(folder: Path) -> dict[str, bytes]:
    """All files in a folder, by their names."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize("runner", ["prism", "flink", "spark"])
def test_the_whole_line_runs_on_an_engine_with_workers_elsewhere_and_makes_the_same_examples(
    runner: str, tmp_path: Path
) -> None:
    with job_server(runner) as server, pool() as workers:
        said = (f"beam.runner={runner}", f"beam.endpoint={server}", f"beam.pool={workers}")
        elsewhere = _files(_run(tmp_path / runner, *said))
    here = _files(_ingest(tmp_path / "local"))
    assert sum("data_tfrecord" in name for name in here) > 6
    assert elsewhere == here


def test_the_job_for_dataflow_is_made_with_our_image_and_without_a_cloud() -> None:
    said = ["cloud.project=mine", "cloud.data=[gs://d]", "beam.runner=dataflow"]
    config = settings.load("smoke", said)
    where = places(config, "vertex", "abc")
    arguments = Cloud(config, where, "vertex").beam_args(config.beam, where.root)
    pipeline = beam.Pipeline(argv=[*arguments, "--dry_run=True"])
    limits = Limits(**config.data.model_dump(include=set(Limits._fields)))
    writing.write(pipeline, ["gs://r/planned/a.json"], "gs://r/shards", limits, "gs://r/b.json")
    assert isinstance(pipeline.runner, dataflow_runner.DataflowRunner)
    job = pipeline.run().job
    (environment,) = job.proto_pipeline.components.environments.values()
    assert environment.urn == "beam:env:docker:v1"
    assert where.worker in environment.payload.decode()
    steps = {step.unique_name for step in job.proto_pipeline.components.transforms.values()}
    assert {"Shards", "Spread", "WriteShards", "Gather", "Report"} <= steps
    assert job.google_cloud_options.project == "mine"
