"""Which runner Beam takes, and what TFX adds to its options."""

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import fn_runner
from tfx.utils import dependency_utils

import settings
from pipeline.beam import WITHIN_PROCESS
from pipeline.pipeline import Paths, create_pipeline

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
