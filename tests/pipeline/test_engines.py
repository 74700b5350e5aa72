"""An engine elsewhere ingests the sample photographs to the bytes that this machine makes of them.

Prism runs where there is one, Flink and Spark where a variable names a job server on this machine.
Dataflow's job is made as its runner makes it, and not sent.
"""

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
from tests.conftest import SAMPLE
from tests.pipeline.engines import job_server, pool

SAID = ("data.shards=4", "data.train_images=30")


def _ingest(folder: Path, *overrides: str) -> dict[str, bytes]:
    """All files that ImageExampleGen makes of the sample, by their names."""
    config = settings.load("smoke", [*SAID, *overrides])
    engines.check_here(config.beam)
    arguments = engines.arguments(config.beam, str(folder))
    options = ingest_options(config, str(folder), arguments)
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    within = executor.Executor.Context(beam_pipeline_args=arguments)
    properties = component.ImageExampleGen([str(SAMPLE)], options).exec_properties
    executor.Executor(within).Do({}, {"examples": [examples]}, dict(properties))
    files = sorted(Path(examples.uri).rglob("*"))
    return {
        str(file.relative_to(examples.uri)): file.read_bytes() for file in files if file.is_file()
    }


@pytest.mark.parametrize("runner", ["prism", "flink", "spark"])
def test_an_engine_with_workers_elsewhere_makes_the_same_examples(
    runner: str, tmp_path: Path
) -> None:
    with job_server(runner) as server, pool() as workers:
        said = (f"beam.runner={runner}", f"beam.endpoint={server}", f"beam.pool={workers}")
        elsewhere = _ingest(tmp_path / runner, *said)
    here = _ingest(tmp_path / "local")
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
