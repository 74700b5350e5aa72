"""The Terraform files declare what they use, and name things as settings and docs do."""

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
from click.testing import CliRunner

import kubeflow_dag_runner
import settings
from pipeline.cloud.submitting import NEVER
from settings.places import places

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "pipeline" / "cloud" / "terraform"
_COMPUTED = {"google_service_account.steps.email": "outpainting@mine.iam.gserviceaccount.com"}
_PLAIN = hcl2.SerializationOptions(
    strip_string_quotes=True, with_comments=False, explicit_blocks=False
)


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, Any]]:
    """Every block of every file, as its kind and what is in it."""
    found = []
    for file in sorted(FOLDER.glob("*.tf")):
        with file.open() as text:
            parsed = hcl2.load(text, serialization_options=_PLAIN)
        found += [(kind, block) for kind, several in parsed.items() for block in several]
    assert len(found) > 20
    return found


def declared(blocks, kind: str) -> dict[str, Any]:
    return {
        name: value for found, block in blocks if found == kind for name, value in block.items()
    }


def resources(blocks) -> dict[str, dict[str, Any]]:
    """Each by its address, such as `google_storage_bucket.root`."""
    return {
        f"{kind}.{name}": body
        for found, block in blocks
        if found == "resource"
        for kind, named in block.items()
        for name, body in named.items()
    }


def text() -> str:
    lines = "\n".join(file.read_text() for file in FOLDER.glob("*.tf")).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def evaluated(blocks, value: str, variables: dict[str, str]) -> str:
    """A string with what it refers to in place."""

    def found(match: re.Match) -> str:
        name = match[1]
        kind, _, rest = name.partition(".")
        if name in _COMPUTED:
            return _COMPUTED[name]
        if kind == "var":
            return variables[rest]
        if kind == "local":
            return evaluated(blocks, declared(blocks, "locals")[rest], variables)
        address, _, attribute = name.rpartition(".")
        return evaluated(blocks, resources(blocks)[address][attribute], variables)

    return re.sub(r"\$\{([\w.]+)\}", found, value)


def test_variables_and_locals_are_declared_and_used(blocks) -> None:
    for kind, word in (("variable", "var"), ("locals", "local")):
        used = set(re.findall(rf"(?<![\w.]){word}\.(\w+)", text()))
        assert set(declared(blocks, kind)) == used, kind
    for name, variable in declared(blocks, "variable").items():
        assert variable["description"].endswith("."), name
        assert variable["type"], name


def test_what_is_referred_to_is_there(blocks) -> None:
    used = set(re.findall(r"(?<![\w./\"])((?:google|terraform)_\w+\.\w+)", text()))
    assert used
    assert used <= set(resources(blocks))


def test_it_gives_the_roles_that_the_docs_name(blocks) -> None:
    document = (ROOT / "docs" / "cloud.md").read_text()
    (told,) = re.findall(r"^## Permissions\n(.*?)^## ", document, re.M | re.S)
    assert set(re.findall(r"roles/[\w.]+", text())) == set(re.findall(r"roles/[\w.]+", told))
    # Of everybody in the project, or the whole of it, is more than least.
    assert not re.search(r"roles/(owner|editor|viewer)|allUsers|allAuthenticated", text())


def test_it_turns_on_the_services_that_the_docs_name(blocks) -> None:
    document = (ROOT / "docs" / "cloud.md").read_text()
    (told,) = re.findall(r"^## Setting a project up\n(.*?)^## ", document, re.M | re.S)
    names = re.findall(r'"(\w+)\.googleapis\.com"', text())
    assert sorted(names) == sorted(set(names))
    assert set(names) == set(re.findall(r"`(\w+)\.googleapis\.com`", told))


def test_bucket_and_images_are_where_the_pipeline_looks_for_them(blocks) -> None:
    said = ["cloud.project=mine", "cloud.data=[gs://d]"]
    where = places(settings.load("smoke", said), "vertex", "tag")
    variables = {"project": "mine", "region": declared(blocks, "variable")["region"]["default"]}
    outputs = {name: body["value"] for name, body in declared(blocks, "output").items()}
    assert evaluated(blocks, outputs["root"], variables) == where.root
    assert f"{evaluated(blocks, outputs['repository'], variables)}/outpainting:tag" == where.image
    region = resources(blocks)["google_artifact_registry_repository.images"]["location"]
    assert evaluated(blocks, region, variables) == variables["region"]


@pytest.mark.parametrize("runner", ["dataflow", "local"])
def test_the_schedule_is_made_by_a_command_that_takes_what_it_is_told(
    blocks, runner: str, tmp_path: Path
) -> None:
    schedule = resources(blocks)["terraform_data.schedule"]
    command, ending = (given["local-exec"] for given in schedule["provisioner"])
    assert command["environment"] == schedule["triggers_replace"] == "${local.told}"
    assert "self.triggers_replace" in ending["environment"]
    assert f'OUTPAINTING_SCHEDULE = "{NEVER}"' in ending["environment"]
    assert (ending["command"], ending["working_dir"]) == (
        command["command"],
        command["working_dir"],
    )
    assert (ROOT / command["command"].split()[-1]).exists()
    assert (FOLDER / command["working_dir"].removeprefix("${path.module}/")).resolve() == ROOT
    variables = {
        "project": "mine",
        "region": "europe-west4",
        "schedule": "0 3 * * 0",
        "tag": "abc",
        "data": "gs://a gs://b",
        "preset": declared(blocks, "variable")["preset"]["default"],
        "beam_runner": runner,
    }
    told = {
        name: evaluated(blocks, value, variables)
        for name, value in declared(blocks, "locals")["told"].items()
    }
    options = {option.name for option in kubeflow_dag_runner.main.params} | {"set"}
    assert {name.removeprefix("OUTPAINTING_").lower() for name in told} <= options
    done = CliRunner().invoke(
        kubeflow_dag_runner.main,
        ["--dry-run", "--output", str(tmp_path / "pipeline.json")],
        env=told,
        auto_envvar_prefix="OUTPAINTING",
    )
    assert done.exit_code == 0, done.output
    for words in (
        "project mine, europe-west4",
        "gs://a, gs://b",
        "root      gs://mine-outpainting/outpainting\n",
        "europe-west4-docker.pkg.dev/mine/outpainting/outpainting:abc",
    ):
        assert words in done.output
    assert ("outpainting-worker:abc" in done.output) is (runner == "dataflow")
    # Twice would be two runs in one folder.
    assert told["OUTPAINTING_SUBMIT"] == "true"
    assert told["OUTPAINTING_SCHEDULE"] == "0 3 * * 0"
