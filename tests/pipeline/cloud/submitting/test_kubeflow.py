"""What is sent to a Kubeflow."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result

from tests.dag_runner import SAID, invoke
from tests.json_api import JsonHandler


class _Api(JsonHandler):
    """Answers as Kubeflow Pipelines' API, as far as it is asked, and keeps what it was sent."""

    server: "_Server"

    def do_GET(self) -> None:  # noqa: N802 - http.server names it
        url = urllib.parse.urlparse(self.path)
        namespace = urllib.parse.parse_qs(url.query).get("namespace", [""])[0]
        if "/versions" in self.path:
            self.answer({"pipeline_versions": [{"pipeline_version_id": "first"}]})
        elif url.path.endswith("/pipelines") and namespace in self.server.pipelines:
            self.answer({"pipelines": [{"pipeline_id": f"of {namespace}"}]})
        elif url.path.endswith("/recurringruns"):
            self.answer({"recurringRuns": [{"recurring_run_id": i} for i in self.server.schedules]})
        else:
            self.answer({})

    def do_POST(self) -> None:  # noqa: N802 - http.server names it
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((self.path, self.headers, body))
        url = urllib.parse.urlparse(self.path)
        if url.path.endswith("/upload"):
            namespace = urllib.parse.parse_qs(url.query).get("namespace", [""])[0]
            if namespace in self.server.pipelines:
                self.send_error(409, "a pipeline of that name is there")
                return
            self.server.pipelines.add(namespace)
        if url.path.endswith("/recurringruns"):
            self.server.schedules.append(f"schedule-{len(self.server.sent)}")
            self.answer({"recurring_run_id": self.server.schedules[-1]})
            return
        ids = ("pipeline_id", "pipeline_version_id", "experiment_id", "run_id")
        self.answer({name: f"{name[:-3]}-1" for name in ids})

    def do_DELETE(self) -> None:  # noqa: N802 - http.server names it
        self.server.schedules.remove(self.path.rpartition("/")[2])
        self.answer({})


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Api)
        self.sent: list[tuple] = []
        self.pipelines: set[str] = set()  # the namespaces that have it
        self.schedules: list[str] = []


@pytest.fixture
def kubeflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    monkeypatch.setenv("HOME", "/nonexistent")  # kfp keeps settings there
    server = _Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def start(kubeflow: _Server, file: Path, *words: str) -> Result:
    endpoint = f"http://127.0.0.1:{kubeflow.server_port}"
    return invoke(
        *SAID, "--target", "kubeflow", "--output", str(file), "--endpoint", endpoint, *words
    )


@pytest.mark.parametrize("namespace", ["me", ""])
def test_kubeflow_is_sent_the_file_and_told_to_run_it_again_and_again(
    kubeflow: _Server, namespace: str, tmp_path: Path
) -> None:
    file = tmp_path / "pipeline.yaml"
    words = ["--namespace", namespace, "--token", "secret", "--service-account", "runner"]
    for known in (False, True, True):
        kubeflow.sent.clear()
        done = start(kubeflow, file, *words)
        assert done.exit_code == 0, done.output
        endpoint = f"http://127.0.0.1:{kubeflow.server_port}"
        assert f"Started: {endpoint}/#/runs/details/run-1" in done.output
        (upload, experiment, run) = kubeflow.sent
        assert ("/upload_version?" in upload[0]) is known
        assert file.read_bytes() in upload[2]
        assert upload[1]["Authorization"] == "Bearer secret"
        assert json.loads(experiment[2]).get("namespace", "") == namespace
        told = json.loads(run[2])
        assert told["service_account"] == "runner"
        assert told["runtime_config"]["pipeline_root"] == "gs://mine-outpainting/outpainting"
        assert told["pipeline_version_reference"] == {
            "pipeline_id": f"of {namespace}" if known else "pipeline-1",
            "pipeline_version_id": "pipeline_version-1" if known else "first",
        }


def test_a_schedule_takes_the_place_of_the_one_before(kubeflow: _Server, tmp_path: Path) -> None:
    for _ in range(2):
        done = start(kubeflow, tmp_path / "pipeline.yaml", "--schedule", "0 3 * * 0")
        assert done.exit_code == 0, done.output
        (made,) = kubeflow.schedules
        assert f"/#/recurringrun/details/{made}" in done.output
    told = json.loads(kubeflow.sent[-1][2])
    assert told["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    assert told["max_concurrency"] == 1
    assert told["no_catchup"] is True


def test_a_schedule_ends(kubeflow: _Server, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    assert start(kubeflow, file, "--schedule", "0 3 * * 0").exit_code == 0
    assert kubeflow.schedules
    kubeflow.sent.clear()
    done = start(kubeflow, file, "--schedule", "never")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "No schedule: outpainting"
    assert not kubeflow.schedules
    assert not any("upload" in path or path.endswith("/runs") for path, *_ in kubeflow.sent)


def test_a_kubeflow_that_refuses_is_a_clear_error(
    kubeflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self) -> None:
        self.send_error(403, "no entry")

    monkeypatch.setattr(_Api, "do_POST", refuse)
    endpoint = f"http://127.0.0.1:{kubeflow.server_port}"
    output = str(tmp_path / "pipeline.yaml")
    done = invoke(*SAID, "--target", "kubeflow", "--output", output, "--endpoint", endpoint)
    assert done.exit_code == 1
    assert f"Kubeflow at {endpoint}: (403)" in done.output
