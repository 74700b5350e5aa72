"""The runner of compiled pipelines does as a cluster does: seen on steps of a line of shell."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.spec_runner.kubeflow import Cache, Kubeflow
from tests.spec_runner.specification import Json
from tests.spec_runner.steps import StepError

HERE = Path(sys.prefix)  # in the place of an environment with the wheel
KIND = {"artifactType": {"schemaTitle": "system.Artifact"}}
# Writes what a step says it made, with the metadata of its first argument.
SAYS = (
    'import json, os, sys; told = json.loads(sys.argv[2]); file = told["outputs"]["outputFile"]; '
    'uri = told["outputs"]["artifacts"]["made"]["artifacts"][0]["uri"]; '
    'place = uri.replace("minio:/", "/minio"); '
    'os.makedirs(place); open(place + "/user", "w").write(str(os.getuid())); '
    'open(place + "/told", "w").write(json.dumps(told["inputs"]["parameterValues"])); '
    'made = {"artifacts": [{"uri": uri, "metadata": json.loads(sys.argv[1])}]}; '
    'open(file, "w").write(json.dumps({"artifacts": {"made": made}}))'
)


def specification(command: list[str], **task: Any) -> Json:
    component = {"executorLabel": "e", "outputDefinitions": {"artifacts": {"made": KIND}}}
    component["inputDefinitions"] = {"parameters": {"n": {"parameterType": "STRING"}}}
    inputs = {"parameters": {"n": {"componentInputParameter": "n"}}}
    declared = {"parameters": {"n": {"parameterType": "STRING", "defaultValue": "one"}}}
    tasks = {"step": {"componentRef": {"name": "step"}, "inputs": inputs, **task}}
    return {
        "deploymentSpec": {"executors": {"e": {"container": {"command": command, "args": []}}}},
        "components": {"step": component},
        "root": {"dag": {"tasks": tasks}, "inputDefinitions": declared},
    }


def says(metadata: dict[str, Any]) -> list[str]:
    return ["python", "-c", SAYS, json.dumps(metadata), "{{$}}"]


def made(run: Kubeflow) -> Path:
    return run.store.place(run.outputs["step"]["made"]["uri"])


def test_a_step_is_another_user_who_writes_to_the_runs_folder_alone(tmp_path: Path) -> None:
    run = Kubeflow(specification(says({})), tmp_path, HERE, {})
    run.run()
    assert (made(run) / "user").read_text() == "1000"
    elsewhere = tmp_path.parent / "elsewhere"
    run = Kubeflow(specification(["touch", str(elsewhere)]), tmp_path, HERE, os.environ)
    with pytest.raises(StepError, match="Read-only file system"):
        run.run()


def test_a_step_has_the_installed_package_and_not_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    look = (
        "import importlib.util as u, pipeline; "
        "print(pipeline.__file__, u.find_spec('tests.spec_runner'))"
    )
    run = Kubeflow(specification(["python", "-c", look]), tmp_path, installed, {})
    with pytest.raises(FileNotFoundError):  # it says nothing of what it made
        run.run()
    (log,) = (tmp_path / "logs").iterdir()
    file, tests = log.read_text().split()
    assert Path(file).is_relative_to(installed)
    assert tests == "None"


READS = """import json, os, sys
told = json.loads(sys.argv[1])
here = lambda side, key: "/minio" + told[side]["artifacts"][key]["artifacts"][0]["uri"][7:]
if "artifacts" in told["inputs"] and told["inputs"]["artifacts"]:
    text = open(here("inputs", "read") + "/a/b").read()
    open(here("inputs", "read") + "/a/b", "w").write("spoilt")
    assert not os.path.exists(here("inputs", "read").rpartition("/")[0] + "/kept back")
else:
    text = "one"
os.makedirs(here("outputs", "made") + "/a")
open(here("outputs", "made") + "/a/b", "w").write(text + "+")
open(here("outputs", "made").rpartition("/")[0] + "/kept back", "w").write("")
open(told["outputs"]["outputFile"], "w").write("{}")
"""


def test_inputs_are_copies_on_the_steps_own_disk_and_outputs_are_copied_back(
    tmp_path: Path,
) -> None:
    executors = {"e": {"container": {"command": ["python", "-c", READS], "args": ["{{$}}"]}}}
    output = {"executorLabel": "e", "outputDefinitions": {"artifacts": {"made": KIND}}}
    reads = {**output, "inputDefinitions": {"artifacts": {"read": KIND}}}
    source = {"taskOutputArtifact": {"producerTask": "first", "outputArtifactKey": "made"}}
    tasks: dict[str, Any] = {"first": {"componentRef": {"name": "first"}}}
    for name in ("second", "third"):  # each has a copy of its own
        inputs = {"artifacts": {"read": source}}
        tasks[name] = {"componentRef": {"name": "second"}, "inputs": inputs}
    told = {
        "deploymentSpec": {"executors": executors},
        "components": {"first": output, "second": reads},
        "root": {"dag": {"tasks": tasks}},
    }
    run = Kubeflow(told, tmp_path, HERE, {})
    run.run()
    for name, text in (("first", "one+"), ("second", "one++"), ("third", "one++")):
        place = run.store.place(run.outputs[name]["made"]["uri"])
        assert (place / "a" / "b").read_text() == text
        assert [file.name for file in place.parent.iterdir()] == ["made"]


def test_parameters_have_defaults_and_may_be_given(tmp_path: Path) -> None:
    for given, expected in (({}, "one"), ({"n": "two"}, "two")):
        run = Kubeflow(specification(says({})), tmp_path, HERE, {}, given)
        run.run()
        assert json.loads((made(run) / "told").read_text()) == {"n": expected}
    with pytest.raises(ValueError, match="no parameter m"):
        Kubeflow(specification(says({})), tmp_path, HERE, {}, {"m": "1"})


def test_metadata_that_is_null_is_refused(tmp_path: Path) -> None:
    run = Kubeflow(specification(says({"a": None})), tmp_path, HERE, {})
    with pytest.raises(StepError, match="takes no null: a"):
        run.run()


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_step_that_fails_is_begun_again_as_often_as_its_policy_says(
    tmp_path: Path, retries: int
) -> None:
    tries = tmp_path / "tries"
    failing = f'echo x >> {tries}; test "$(wc -l < {tries})" -gt 1 || exit 1; exec "$@"'
    command = ["sh", "-c", failing, "sh", *says({})]
    told = specification(command, retryPolicy={"maxRetryCount": retries})
    run = Kubeflow(told, tmp_path, HERE, {})
    if retries:
        run.run()
    else:
        with pytest.raises(StepError, match="step ended with 1"):
            run.run()
    assert len(tries.read_text().splitlines()) == min(2, retries + 1)


def test_what_ran_before_with_the_same_parameters_comes_from_the_cache(tmp_path: Path) -> None:
    cache: Cache = {}
    told = specification(says({}), cachingOptions={"enableCache": True})
    found = []
    for given in ({}, {}, {"n": "two"}):
        run = Kubeflow(told, tmp_path, HERE, {}, given, cache)
        run.run()
        found.append((run.cached, made(run)))
    assert [cached for cached, _ in found] == [[], ["step"], []]
    assert found[0][1] == found[1][1] != found[2][1]
