"""`outpaint runs`: Google's and Kubeflow's own clients ask servers that answer as theirs do."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import ThreadingHTTPServer

import pytest
from click.testing import CliRunner, Result
from google.cloud.aiplatform_v1 import types

from cli.main import main
from tests.json_api import JsonHandler
from tests.pipeline.cloud import vertex_api

STATES = types.PipelineState
AT = [datetime(2026, 11, day, 3, tzinfo=timezone.utc) for day in (1, 2, 3)]


def outpaint(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["runs", *arguments])


@pytest.fixture
def vertex(monkeypatch: pytest.MonkeyPatch) -> Iterator[vertex_api.VertexApi]:
    with vertex_api.serve(monkeypatch) as api:
        for number, (pipeline, state, ended) in enumerate(
            [
                ("outpainting", STATES.PIPELINE_STATE_SUCCEEDED, AT[1]),
                ("other", STATES.PIPELINE_STATE_SUCCEEDED, AT[1]),
                ("outpainting", STATES.PIPELINE_STATE_FAILED, AT[2]),
                ("outpainting", STATES.PIPELINE_STATE_RUNNING, None),
            ]
        ):
            job = types.PipelineJob(
                name=f"{vertex_api.PARENT}/pipelineJobs/run-{number}",
                state=state,
                create_time=AT[min(number, 2)],
                end_time=ended,
            )
            api.jobs.append((pipeline, job))
        yield api


def test_runs_on_vertex_ai(vertex: vertex_api.VertexApi) -> None:
    done = outpaint("--project", "mine", "--json")
    assert done.exit_code == 0, done.output
    found = {run["run"]: run for run in json.loads(done.output)}
    assert set(found) == {"run-0", "run-2", "run-3"}
    assert [found[f"run-{n}"]["state"] for n in (0, 2, 3)] == ["complete", "failed", "running"]
    assert found["run-0"]["seconds"] == 24 * 3600
    assert found["run-3"]["seconds"] > 0
    assert "us-central1/pipelines/runs/run-0?project=mine" in found["run-0"]["watch"]
    lines = outpaint("--project", "mine").output.splitlines()
    assert lines[0].split() == ["started", "took", "state", "run", "watch"]
    assert len(lines) == 4
    assert "24:00:00" in next(line for line in lines if "run-0" in line)


def test_a_pipeline_of_another_name(vertex: vertex_api.VertexApi) -> None:
    (run,) = json.loads(outpaint("--project", "mine", "--name", "other", "--json").output)
    assert run["run"] == "run-1"


def test_what_google_refuses_is_one_line(
    vertex: vertex_api.VertexApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grpc

    def refuse(_: object) -> None:
        raise vertex_api.Refused(grpc.StatusCode.PERMISSION_DENIED, "no entry")

    monkeypatch.setattr(vertex, "ListPipelineJobs", refuse)
    done = outpaint("--project", "mine")
    assert done.exit_code == 1
    assert done.output == "Error: Vertex AI, project mine: 403 no entry\n"


class _Api(JsonHandler):
    """Two pages of runs, in the one experiment that there is."""

    PAGES = (
        {
            "runs": [
                {"run_id": "b", "created_at": "2026-11-02T03:00:00Z", "state": "RUNNING",
                 "finished_at": "1970-01-01T00:00:00Z"},
            ],
            "next_page_token": "more",
        },
        {
            "runs": [
                {"run_id": "a", "created_at": "2026-11-01T03:00:00Z", "state": "SUCCEEDED",
                 "finished_at": "2026-11-01T04:30:00Z"},
            ],
        },
    )  # fmt: skip

    def do_GET(self) -> None:  # noqa: N802 - http.server names it
        url = urllib.parse.urlparse(self.path)
        asked = urllib.parse.parse_qs(url.query)
        assert self.headers["Authorization"] == "Bearer secret"
        if url.path.endswith("/experiments"):
            known = {"experiment_id": "e", "display_name": "outpainting", "namespace": "me"}
            named = "outpainting" in asked["filter"][0]
            self.answer({"experiments": [known] if named else []})
        elif url.path.endswith("/runs"):
            assert asked["experiment_id"] == ["e"]
            assert asked["sort_by"] == ["created_at desc"]
            self.answer(self.PAGES["page_token" in asked and asked["page_token"] == ["more"]])
        else:
            self.answer({})


@pytest.fixture
def kubeflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setenv("HOME", "/nonexistent")  # kfp keeps settings there
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"http://127.0.0.1:{server.server_port}"
    yield ["--endpoint", where, "--namespace", "me", "--token", "secret"]
    server.shutdown()
    server.server_close()


def test_runs_on_kubeflow_of_every_page(kubeflow: list[str]) -> None:
    done = outpaint(*kubeflow, "--json")
    assert done.exit_code == 0, done.output
    newest, oldest = json.loads(done.output)
    assert (newest["run"], newest["state"]) == ("b", "running")
    assert (oldest["run"], oldest["state"], oldest["seconds"]) == ("a", "complete", 5400)
    assert oldest["watch"] == f"{kubeflow[1]}/#/runs/details/a"
    assert newest["seconds"] > 0


def test_an_unknown_pipeline_is_one_line_that_names_the_server(kubeflow: list[str]) -> None:
    done = outpaint(*kubeflow, "--name", "unknown")
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith(f"Error: Kubeflow at {kubeflow[1]}: No experiment is found")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--project", "a", "--endpoint", "b"], "--project is for Vertex AI"),
        (["--project", "a", "show"], "show is for runs on this machine"),
    ],
)
def test_wrong_use(arguments: list[str], words: str) -> None:
    done = outpaint(*arguments)
    assert done.exit_code == 2
    assert words in done.output
