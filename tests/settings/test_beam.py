"""What an engine needs is asked for by the name of its setting."""

import pytest

import settings


def _problems(*overrides: str) -> list[str]:
    config = settings.load("smoke", overrides)
    try:
        config.beam.check(config.beam_args)
    except settings.ConfigError as error:
        return str(error).splitlines()
    return []


def test_nothing_is_needed_to_run_here() -> None:
    assert not _problems("beam_args=[--runner=DirectRunner]")


@pytest.mark.parametrize("runner", ["prism", "flink", "spark"])
def test_all_that_is_missing_is_named_at_once(runner: str) -> None:
    named = [line.partition(":")[0] for line in _problems(f"beam.runner={runner}")]
    assert named == ["beam.endpoint", "beam.pool"]
    said = (f"beam.runner={runner}", "beam.endpoint=a:1")
    assert not _problems(*said, "beam.pool=b:2")
    assert not _problems(*said, "beam.environment=loopback")
    (line,) = _problems(*said, "beam.environment=docker")
    assert line.startswith("beam.image:")
    assert not _problems(*said, "beam.environment=docker", "beam.image=i:1")


@pytest.mark.parametrize("runner", ["flink", "dataflow"])
def test_two_runners_are_one_too_many(runner: str) -> None:
    said = (f"beam.runner={runner}", "beam.endpoint=a:1", "beam.pool=b:2")
    (line,) = _problems(*said, "beam_args=[--runner=FlinkRunner]")
    assert line.startswith(f"beam_args: a runner is named beside beam.runner={runner}")


@pytest.mark.parametrize("address", ["localhost", "http://a:1", "a:b", "a:123456"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"beam\.endpoint"):
        settings.load("smoke", [f"beam.endpoint={address}"])
