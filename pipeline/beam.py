"""How Beam runs: within a process, or on an engine that settings name. Light to import."""

import os
import socket
from collections.abc import Sequence

from settings.beam import BeamSettings
from settings.strict import ConfigError

# By name: for the DirectRunner, Beam 2.74 first looks for its portable runner Prism, and would
# download it. The image, which is not used, tells TFX that no workers elsewhere need its code:
# without it, TFX packs itself for them before every component, which takes five seconds.
WITHIN_PROCESS = ("--runner=FnApiRunner", "--sdk_container_image=none")

_ANSWER_SECONDS = 5
_CACHE_MILLISECONDS = 600_000


def arguments(settings: BeamSettings, root: str) -> list[str]:
    """Says how Beam runs anywhere but on Dataflow, which a placement in the cloud knows.

    Args:
        settings: The engine.
        root: The folder of all artifacts, which all workers see under the same name.

    Returns:
        Pipeline options.

    Raises:
        ConfigError: For Dataflow.
    """
    _refuse_dataflow(settings)
    if not settings.has_job_server:
        return [*WITHIN_PROCESS]
    # Jobs go to a server by Beam's portable runner. Beam's runners of the engines' own names would
    # fetch a server from the network and start it.
    found = [
        "--runner=PortableRunner",
        f"--job_endpoint={settings.endpoint}",
        f"--environment_type={settings.environment.upper()}",
        f"--sdk_container_image={settings.image or 'none'}",
        "--sdk_location=container",  # the workers have their Beam
        # Each worker imports TensorFlow: it is to live on from one stage to the next.
        f"--environment_cache_millis={_CACHE_MILLISECONDS}",
        f"--temp_location={temporary(settings, root)}",
    ]
    if settings.environment == "external":
        found.append(f"--environment_config={settings.pool}")
    if settings.artifact_endpoint:
        found.append(f"--artifact_endpoint={settings.artifact_endpoint}")
    if settings.parallelism:
        found.append(f"--parallelism={settings.parallelism}")
    return found


def temporary(settings: BeamSettings, root: str) -> str:
    """Says where temporary files go.

    Args:
        settings: The engine.
        root: The folder of all artifacts.
    """
    return settings.temp or f"{root}/beam"


def check_here(settings: BeamSettings) -> None:
    """Looks whether a pipeline on this machine can use the engine, before anything starts.

    Args:
        settings: The engine.

    Raises:
        ConfigError: If it cannot, or if nothing answers where it should be.
    """
    _refuse_dataflow(settings)
    if not settings.has_job_server:
        return
    _knock("beam.endpoint", settings.endpoint)
    # Prism itself calls the pool, so that the name of its machine says the same to it as here.
    same = settings.runner == "prism" and _host(settings.pool) == _host(settings.endpoint)
    if same and settings.environment == "external":
        _knock("beam.pool", settings.pool)


def _refuse_dataflow(settings: BeamSettings) -> None:
    if settings.runner == "dataflow":
        raise ConfigError(
            "beam.runner: Dataflow's workers cannot read this machine's disk: run the pipeline on "
            "Vertex AI, by kubeflow_dag_runner.py --beam-runner dataflow"
        )


def _knock(setting: str, address: str) -> None:
    try:
        port = int(address.rpartition(":")[2])
        socket.create_connection((_host(address), port), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"{setting}: {address} does not answer: {error}") from error


def _host(address: str) -> str:
    return address.rpartition(":")[0]


def workers(beam_args: Sequence[str]) -> int:
    """Tells how many workers Beam may have.

    Args:
        beam_args: Pipeline options.

    Returns:
        Their greatest number, as far as the options say.
    """
    from apache_beam.options import pipeline_options  # which takes seconds

    said = pipeline_options.PipelineOptions([*beam_args])
    cloud = said.view_as(pipeline_options.WorkerOptions)
    here = said.view_as(pipeline_options.DirectOptions).direct_num_workers
    engine = said.view_as(pipeline_options.FlinkRunnerOptions).parallelism
    others = (cloud.max_num_workers or 0, cloud.num_workers or 0, engine)
    return max(here or os.cpu_count() or 1, *others)
