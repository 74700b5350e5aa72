"""Which runner Beam takes, and what TFX adds to its options."""

import socket

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import fn_runner
from tfx.utils import dependency_utils

import settings
from pipeline.beam import WITHIN_PROCESS, arguments, check_here, workers
from pipeline.pipeline import Paths, create_pipeline

ON_FLINK = ("beam.runner=flink", "beam.endpoint=jobs:8099", "beam.pool=localhost:50000")
PATHS = Paths(["/photos"], "/output/pipeline", "/output/serving")


def test_beam_runs_within_the_process_and_looks_for_no_other_runner() -> None:
    pipeline = create_pipeline(settings.load("smoke"), PATHS)
    assert pipeline.beam_pipeline_args == [*WITHIN_PROCESS]
    assert type(beam.Pipeline(argv=pipeline.beam_pipeline_args).runner) is fn_runner.FnApiRunner


def test_tfx_packs_nothing_for_workers_elsewhere() -> None:
    assert dependency_utils.make_beam_dependency_flags([*WITHIN_PROCESS]) == [*WITHIN_PROCESS]


@pytest.mark.parametrize("given", ["--runner=PortableRunner", "--runner=FlinkRunner"])
def test_a_runner_that_settings_name_is_taken(given: str) -> None:
    config = settings.load("smoke", [f"beam_args=[{given}, --x=1]"])
    assert create_pipeline(config, PATHS).beam_pipeline_args == [given, "--x=1"]


def test_other_options_come_beside_the_runner() -> None:
    config = settings.load("smoke", ["beam_args=[--direct_num_workers=2]"])
    assert set(create_pipeline(config, PATHS).beam_pipeline_args) == {
        "--direct_num_workers=2",
        *WITHIN_PROCESS,
    }


def test_what_settings_say_of_beam_comes_after_what_follows_from_the_engine() -> None:
    config = settings.load("smoke", [*ON_FLINK, "beam_args=[--environment_type=LOOPBACK]"])
    made = create_pipeline(config, PATHS).beam_pipeline_args
    assert PipelineOptions(made).get_all_options()["environment_type"] == "LOOPBACK"


def test_an_engine_is_told_all_that_beam_and_tfx_need_to_know() -> None:
    engine = settings.load("smoke", [*ON_FLINK, "beam.parallelism=40"]).beam
    found = arguments(engine, "/shared")
    known = PipelineOptions(found).get_all_options(drop_default=True)
    assert len(known) == len(found)  # Beam knows them all
    assert known["runner"] == "PortableRunner"  # and so starts no server of its own
    assert known["job_endpoint"] == "jobs:8099"
    assert (known["environment_type"], known["environment_config"]) == (
        "EXTERNAL",
        "localhost:50000",
    )
    assert known["temp_location"] == "/shared/beam"
    assert workers(found) == 40
    assert dependency_utils.make_beam_dependency_flags(found) == found


def test_containers_are_of_the_image_that_settings_name() -> None:
    said = ("beam.environment=docker", "beam.image=host/i:1", "beam.artifact_endpoint=jobs:8098")
    engine = settings.load("smoke", [*ON_FLINK[:2], "beam.temp=/t", *said]).beam
    known = PipelineOptions(arguments(engine, "/shared")).get_all_options(drop_default=True)
    assert (known["environment_type"], known["sdk_container_image"]) == ("DOCKER", "host/i:1")
    assert (known["artifact_endpoint"], known["temp_location"]) == ("jobs:8098", "/t")
    assert "environment_config" not in known


@pytest.mark.parametrize("runner", ["prism", "flink", "spark"])
def test_an_engine_that_does_not_answer_is_told_with_its_setting(runner: str) -> None:
    with socket.socket() as taken, socket.socket() as listening:
        taken.bind(("localhost", 0))  # and listens not
        listening.bind(("localhost", 0))
        listening.listen()
        silent, speaks = (f"localhost:{found.getsockname()[1]}" for found in (taken, listening))

        def check(endpoint: str, pool: str) -> None:
            said = (f"beam.runner={runner}", f"beam.endpoint={endpoint}", f"beam.pool={pool}")
            check_here(settings.load("smoke", said).beam)

        with pytest.raises(
            settings.ConfigError, match=rf"beam\.endpoint: {silent} does not answer"
        ):
            check(silent, speaks)
        check(speaks, speaks)
        check(speaks, "elsewhere:50000")  # which only the engine can tell
        if runner == "prism":
            with pytest.raises(settings.ConfigError, match=rf"beam\.pool: {silent} does not"):
                check(speaks, silent)
        else:  # whose workers may be neighbours of each of their machines
            check(speaks, silent)


def test_dataflow_is_refused_on_this_machine() -> None:
    engine = settings.load("smoke", ["beam.runner=dataflow"]).beam
    for refusing in (lambda: check_here(engine), lambda: arguments(engine, "/output")):
        with pytest.raises(settings.ConfigError, match=r"beam\.runner: .* on Vertex AI"):
            refusing()
