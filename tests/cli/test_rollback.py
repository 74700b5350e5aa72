"""`outpaint rollback` on folders of versions and on an endpoint."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import settings
from cli.main import main
from pipeline.cloud.endpoint import deploying
from serving.model.versions import Versions
from tests.pipeline.cloud import vertex_api


def outpaint(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rollback", *map(str, arguments)])


@pytest.fixture
def output(tmp_path: Path, saved_model: Path) -> Path:
    for version in ("9", "10", "11"):
        shutil.copytree(saved_model, tmp_path / "serving" / version)
    return tmp_path


def served(output: Path) -> list[int]:
    return sorted(int(path.name) for path in (output / "serving").iterdir())


def test_the_version_before_is_served_and_the_newest_kept_aside(output: Path) -> None:
    versions = Versions(output / "serving")
    newest = versions.load().path
    assert newest.name == "11"
    done = outpaint("--output", output)
    assert done.exit_code == 0, done.output
    assert "10 is served, and no longer 11" in done.output
    assert served(output) == [9, 10]
    assert (output / "withdrawn" / "11" / "saved_model.pb").exists()
    changed = versions.newest(after=newest)  # as a server looks now and then
    assert changed is not None
    assert changed.path.name == "10"


def test_any_version_can_be_named_also_one_that_was_withdrawn(output: Path) -> None:
    assert "9 is served" in outpaint("--output", output, "--to", "9").output
    assert served(output) == [9]
    assert "11 is served" in outpaint("--output", output, "--to", "11").output
    assert served(output) == [9, 11]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--to", "12"], "no version 12; there are 9, 10, 11"), (["--to", "x"], "no version x")],
)
def test_a_version_that_is_not_there_is_a_clear_error(
    output: Path, arguments: list[str], words: str
) -> None:
    done = outpaint("--output", output, *arguments)
    assert done.exit_code == 1
    assert words in done.output
    assert served(output) == [9, 10, 11]


def test_the_only_version_has_none_before_it(output: Path) -> None:
    outpaint("--output", output, "--to", "9")
    done = outpaint("--output", output)
    assert done.exit_code == 1
    assert "no version before 9; there are 9, 10, 11" in done.output


def test_a_folder_without_versions_is_a_clear_error(tmp_path: Path) -> None:
    done = outpaint("--output", tmp_path)
    assert done.exit_code == 1
    assert "no pushed version there" in done.output
    assert list(tmp_path.iterdir()) == []


def test_an_endpoint_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["cloud.project=mine", "cloud.endpoint.name=paint"]
    loaded = settings.load("smoke", words)
    with vertex_api.serve(monkeypatch) as api:
        for _ in range(2):
            deploying.deploy(loaded.cloud, loaded.name, "gs://b/model")
        done = outpaint("--endpoint", "paint", "--project", "mine")
        assert done.exit_code == 0, done.output
        assert "paint: 1 has all requests; 2 had most" in done.output
        assert api.traffic() == {"1": 100}
        done = outpaint("--endpoint", "other", "--project", "mine")
    assert done.exit_code == 1
    assert "no endpoint other in mine" in done.output


def test_an_endpoint_wants_a_project() -> None:
    done = outpaint("--endpoint", "paint")
    assert done.exit_code == 1
    assert "give --project" in done.output
