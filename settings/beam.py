"""Which engine the components that use Apache Beam run on. Light to import."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.strict import ConfigError, Settings

Runner = Literal["local", "prism", "flink", "spark", "dataflow"]

_ADDRESS = r"^([^\s:/]+:[0-9]{1,5})?$"


class BeamSettings(Settings):
    """An engine, and how its workers come by our code."""

    runner: Runner = Field("local", description="local is within the component's own process")
    endpoint: str = Field(
        "", pattern=_ADDRESS, description="of the job server, HOST:PORT; prism, flink and spark"
    )
    artifact_endpoint: str = Field(
        "", pattern=_ADDRESS, description="of its artifacts; where the job server says, if empty"
    )
    environment: Literal["external", "docker", "loopback"] = Field(
        "external",
        description="where workers run: in a pool that is there, in containers that the engine "
        "starts, or in this process",
    )
    pool: str = Field(
        "", pattern=_ADDRESS, description="of workers, HOST:PORT as the engine sees it; external"
    )
    image: str = Field(
        "",
        description="of workers in containers; on Dataflow that of the steps, called NAME-worker, "
        "if empty",
    )
    temp: str = Field("", description="folder of temporary files; beam, beside the artifacts")
    parallelism: int | None = Field(
        None, ge=1, description="tasks at a time; null for what the engine is set to"
    )

    @property
    def has_job_server(self) -> bool:
        """Whether jobs are handed to a server that is named."""
        return self.runner in ("prism", "flink", "spark")

    def check(self, beam_args: tuple[str, ...]) -> None:
        """Looks for what an engine needs and was not told.

        Args:
            beam_args: Pipeline options that come beside.

        Raises:
            ConfigError: If something is missing or contradicts; told with its setting.
        """
        problems = list(self._problems(beam_args))
        if problems:
            raise ConfigError("\n".join(problems))

    def _problems(self, beam_args: tuple[str, ...]) -> Iterator[str]:
        if self.runner == "local":
            return
        if any(argument.startswith("--runner") for argument in beam_args):
            yield f"beam_args: a runner is named beside beam.runner={self.runner}; leave one out"
        if not self.has_job_server:
            return
        if not self.endpoint:
            yield f"beam.endpoint: name the job server of {self.runner}, HOST:PORT"
        if self.environment == "external" and not self.pool:
            yield (
                "beam.pool: name the pool of workers, HOST:PORT, or choose beam.environment=docker "
                "or loopback"
            )
        if self.environment == "docker" and not self.image:
            yield "beam.image: name the image that holds the workers' code"
