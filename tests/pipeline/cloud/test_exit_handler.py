"""The last step of a run, which tells how it ended."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kfp
import pytest
import yaml
from kfp import dsl

import settings
from pipeline.cloud.compiling import compile_pipeline
from pipeline.cloud.step import notifying
from settings.places import places
from tests import golden_specs
from tests.spec_runner.kubeflow import Kubeflow
from tests.spec_runner.specification import Json, load
from tests.spec_runner.steps import StepError
from tests.spec_runner.vertex import Vertex

SAID = ("cloud.project=mine", "cloud.data=[gs://photos]")


class _Chat(ThreadingHTTPServer):
    """Keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[dict[str, Any]] = []
        self.answer = 200
        self.url = f"http://127.0.0.1:{self.server_port}/secret"


class _Handler(BaseHTTPRequestHandler):
    server: _Chat

    def do_POST(self) -> None:
        assert self.path == "/secret"
        assert self.headers["Content-Type"] == "application/json"
        self.server.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[_Chat]:
    server = _Chat()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def compiled(target, webhook: str, folder: Path, *said: str) -> Json:
    config = settings.load("smoke", [*SAID, f"cloud.webhook={webhook}", *said])
    name = str(folder / golden_specs.FILES[target])
    return load(Path(compile_pipeline(config, places(config, target, "1"), target, name)[0]))


def stand_in(specification: Json, command: list[str]) -> None:
    """Has every step but the last run a command that takes no time."""
    for label, executor in specification["deploymentSpec"]["executors"].items():
        if "container" in executor and label != "Notify_executor":
            executor["container"] = {"command": command, "args": ["{{$}}"]}


# As a step that made all that it was to make.
_WELL = (
    "import json, sys; told = json.loads(sys.argv[1]); "
    'open(told["outputs"]["outputFile"], "w").write("{}")'
)


@pytest.mark.parametrize("target", ["vertex", "kubeflow"])
@pytest.mark.parametrize("fails", [True, False])
def test_one_message_is_sent_however_a_run_ends(
    chat: _Chat, tmp_path: Path, installed: Path, target, fails: bool
) -> None:
    specification = compiled(target, chat.url, tmp_path)
    stand_in(specification, ["false"] if fails else ["python", "-c", _WELL])
    runner = Vertex if target == "vertex" else Kubeflow
    run = runner(specification, tmp_path, installed, {})
    if fails:
        with pytest.raises(StepError):
            run.run()
    else:
        run.run()
    done = "COMPLETE" if target == "kubeflow" else "SUCCEEDED"
    (sent,) = chat.sent
    assert sent == {
        "text": "outpainting: failed, run-1" if fails else "outpainting: succeeded, run-1",
        "pipeline": "outpainting",
        "succeeded": not fails,
        "state": "FAILED" if fails else done,
        "run": "run-1",
        "error": "",
    }


@pytest.mark.parametrize("target", ["vertex", "kubeflow"])
def test_it_has_the_form_that_the_kfp_sdk_compiles(tmp_path: Path, target) -> None:
    @dsl.container_component
    def step(data: str, settings: str):
        return dsl.ContainerSpec(image="i:1", command=["c"], args=[data, settings])

    # kfp gives this one's parameter to none but a component in Python.
    @dsl.component(base_image="python:3.10")
    def notify(status: dsl.PipelineTaskFinalStatus):
        print(status)

    @dsl.pipeline(name="outpainting")
    def theirs(data: str = "a", settings: str = ""):
        with dsl.ExitHandler(notify(), name="steps"):
            step(data=data, settings=settings)

    file = tmp_path / "theirs.yaml"
    kfp.compiler.Compiler().compile(theirs, str(file))
    expected = yaml.safe_load(file.read_text().replace("pipelinechannel--", ""))
    expected["root"]["dag"]["tasks"]["notify"].pop("cachingOptions")  # to be sent each time
    text = json.dumps(compiled(target, "http://a/b", tmp_path))
    for ours, name in (("Notify", "notify"), ("steps", "exit-handler-1")):
        text = text.replace(f'"{ours}"', f'"{name}"')
    found = json.loads(text)
    for tasks in (found["root"]["dag"]["tasks"], expected["root"]["dag"]["tasks"]):
        for task in tasks.values():
            del task["taskInfo"], task["componentRef"]
    assert found["root"]["dag"] == expected["root"]["dag"]
    for name in ("notify", "exit-handler-1"):
        component = expected["components"][f"comp-{name}"]
        assert found["components"][name]["inputDefinitions"] == component["inputDefinitions"]


def test_it_is_tried_again_as_often_as_other_steps(tmp_path: Path) -> None:
    specification = compiled("vertex", "http://a/b", tmp_path, "cloud.retries=3")
    tasks = specification["root"]["dag"]["tasks"]
    inner = specification["components"]["steps"]["dag"]["tasks"]
    assert tasks["Notify"]["retryPolicy"] == inner["Pusher"]["retryPolicy"]
    # All of them again would train anew what needs no more training.
    assert "retryPolicy" not in tasks["steps"]


def test_the_kfp_sdk_loads_it(tmp_path: Path) -> None:
    specification = compiled("kubeflow", "http://a/b", tmp_path)
    loaded = kfp.components.load_component_from_text(yaml.safe_dump(specification))
    assert loaded.name == "outpainting"
    assert set(loaded.component_spec.inputs) == {"data", "settings"}


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_a_message_that_does_not_arrive_is_an_error_that_keeps_the_url(
    chat: _Chat, answer: int
) -> None:
    chat.answer = answer
    with pytest.raises(SystemExit, match=rf"webhook at 127\.0\.0\.1: {answer}") as caught:
        notifying.send(chat.url, {})
    assert "secret" not in str(caught.value)
    assert len(chat.sent) == 1


def test_a_host_that_cannot_be_reached_is_named_without_the_url(chat: _Chat) -> None:
    chat.server_close()
    with pytest.raises(SystemExit, match=r"webhook at 127\.0\.0\.1: Connection") as caught:
        notifying.send(chat.url, {})
    assert "secret" not in str(caught.value)


def test_what_went_wrong_is_told_where_the_platform_says_it() -> None:
    status = {"state": "FAILED", "error": {"code": 9, "message": "a step failed"}}
    told = {"inputs": {"parameterValues": {"status": json.dumps(status)}}}  # as text, too
    body = notifying.message("p", told)
    assert (body["text"], body["error"]) == ("p: failed: a step failed", "a step failed")
    assert notifying.message("p", {})["state"] == "UNKNOWN"


@pytest.mark.parametrize("webhook", ["chat.example.com/x", "ftp://a/b", "'http://a b'"])
def test_a_webhook_is_a_url(webhook: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.webhook"):
        settings.load("smoke", [f"cloud.webhook={webhook}"])
