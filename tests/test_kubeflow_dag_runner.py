"""What is compiled for Vertex AI and Kubeflow, and what is sent to them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import kubeflow_dag_runner
import settings
from tests import golden_specs

ROOT = Path(__file__).parent.parent
SAID = ["--preset", "smoke", "--project", "mine", "--data", "gs://photos/places"]


def invoke(*arguments: str, **environment: str) -> Result:
    clean = {name: None for name in os.environ if name.startswith(("OUTPAINTING_", "GOOGLE_"))}
    return CliRunner().invoke(
        kubeflow_dag_runner.main,
        arguments,
        env={**clean, **environment},
        auto_envvar_prefix="OUTPAINTING",
    )


def test_help_loads_nothing_heavy_and_names_presets() -> None:
    code = (
        "import sys, runpy; sys.argv = ['kubeflow_dag_runner.py', '--help']\n"
        "try: runpy.run_path('kubeflow_dag_runner.py', run_name='__main__')\n"
        "except SystemExit as exit: assert exit.code == 0\n"
        "heavy = {'tensorflow', 'tfx', 'kfp', 'google.cloud.aiplatform'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Lines may end within a name, at its hyphen.
    assert ",".join(settings.presets()) in "".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "smoke"], "cloud.root: give --root gs://BUCKET/FOLDER"),
        ([*SAID, "--data", "photos"], "no step can read photos"),
        ([*SAID, "--image", "a/b:latest"], "name a tag that stays what it is"),
        ([*SAID, "--endpoint", "http://localhost"], "--endpoint is for --target kubeflow"),
        ([*SAID, "--target", "kubeflow", "--submit"], "--submit is for --target vertex"),
        ([*SAID, "--target", "kubeflow", "--output", "x.json"], "Kubeflow takes a .yaml file"),
        ([*SAID, "--set", "cloud.trainer.gpu=1"], "cloud.trainer.gpu: no such setting"),
        (
            ["--data", "gs://d", "--root", "gs://r", "--image", "a:1", "--submit"],
            "--submit needs one; give --project",
        ),
    ],
)
def test_wrong_use_is_one_clear_error_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = invoke(*arguments)
    assert done.exit_code != 0
    assert words in done.output
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("compiled")
    return {name: golden_specs.compile_golden(name, folder) for name in golden_specs.FILES}


@pytest.mark.parametrize("target", golden_specs.FILES)
def test_what_is_compiled_is_what_it_was(compiled: dict, target) -> None:
    """Run `python -m tests.golden_specs` where a change is meant, and read the difference."""
    document, _ = compiled[target]
    golden = (golden_specs.FOLDER / golden_specs.FILES[target]).read_text()
    assert document == yaml.safe_load(golden)
    assert str(ROOT) not in json.dumps(document)


@pytest.mark.parametrize("target", golden_specs.FILES)
def test_the_kfp_sdk_loads_it_and_it_is_a_pipeline_spec(compiled: dict, target) -> None:
    from google.protobuf import json_format
    from kfp import components
    from kfp.pipeline_spec import pipeline_spec_pb2

    golden = yaml.safe_load((golden_specs.FOLDER / golden_specs.FILES[target]).read_text())
    document = golden.get("pipelineSpec", golden)
    loaded = components.load_component_from_text(yaml.safe_dump(document))
    assert loaded.name == "outpainting"
    specification = json_format.ParseDict(document, pipeline_spec_pb2.PipelineSpec())
    assert specification.schema_version == "2.1.0"
    deployment = json_format.ParseDict(
        json_format.MessageToDict(specification.deployment_spec),
        pipeline_spec_pb2.PipelineDeploymentConfig(),
    )
    trainer = deployment.executors["Trainer_executor"].container
    assert trainer.resources.accelerator.count == 1
    assert deployment.executors["ImageExampleGen_executor"].container.resources.memory_limit == 16
    json_format.ParseDict(compiled[target][1], pipeline_spec_pb2.PipelineJob())


def test_kubeflow_gets_only_what_it_knows(compiled: dict) -> None:
    _, job = compiled["kubeflow"]
    specification = job["pipelineSpec"]
    executors = specification["deploymentSpec"]["executors"]
    assert all(list(executor) == ["container"] for executor in executors.values())
    assert "inputDefinitions" not in specification["root"]  # nothing is left to be filled in
    assert specification["defaultPipelineRoot"] == "gs://my-project-outpainting/outpainting"
    # Nobody there looks whether the photographs have changed.
    tasks = specification["root"]["dag"]["tasks"]
    uncached = {name for name, task in tasks.items() if "cachingOptions" not in task}
    assert uncached == {"ImageExampleGen"}


def test_googles_client_takes_what_is_compiled_for_it(compiled: dict, tmp_path: Path) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.aiplatform import pipeline_jobs

    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(compiled["vertex"][1]))
    job = pipeline_jobs.PipelineJob(
        display_name="outpainting",
        template_path=str(file),
        project="mine",
        location="us-central1",
        credentials=AnonymousCredentials(),
    )
    root = job._gca_resource.runtime_config.gcs_output_directory
    assert root == "gs://my-project-outpainting/outpainting"


def test_a_dry_run_shows_what_would_be_sent(tmp_path: Path) -> None:
    done = invoke(
        "--dry-run",
        "--output",
        str(tmp_path / "x.json"),
        "--set",
        "cloud.trainer.accelerator=NVIDIA_L4",
        OUTPAINTING_PRESET="smoke",
        OUTPAINTING_DATA="gs://a gs://b",
        GOOGLE_CLOUD_PROJECT="mine",
    )
    assert done.exit_code == 0, done.output
    assert "Vertex AI, project mine, us-central1" in done.output
    assert "gs://a, gs://b" in done.output
    assert "8 cores, 30 GB, 1 NVIDIA_L4, cached" in done.output
    steps = [line.split()[0] for line in done.output.splitlines() if line.startswith("  ")]
    assert steps[0] == "ImageExampleGen"
    assert steps[-1] == "Pusher"
    assert json.loads((tmp_path / "x.json").read_text())["displayName"] == "outpainting"


def test_the_tfx_command_creates_the_pipeline_as_it_stands(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "OUTPAINTING_PRESET": "smoke",
        "OUTPAINTING_PROJECT": "mine",
        "OUTPAINTING_DATA": "gs://photos/places",
    }
    command = ["tfx", "pipeline", "create", "--engine", "vertex", "--pipeline_path"]
    done = subprocess.run(
        [*command, str(ROOT / "kubeflow_dag_runner.py")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert 'Pipeline "outpainting" created successfully.' in done.stdout
    file = tmp_path / "tfx" / "vertex" / "outpainting" / "pipeline.json"
    executors = json.loads(file.read_text())["pipelineSpec"]["deploymentSpec"]["executors"]
    resources = executors["ImageExampleGen_executor"]["container"]["resources"]
    assert resources == {"cpuLimit": 4.0, "memoryLimit": 16.0}


class _Api(BaseHTTPRequestHandler):
    """Answers as Kubeflow Pipelines' API, as far as it is asked, and keeps what it was sent."""

    known = False  # whether the pipeline was uploaded before

    def do_GET(self) -> None:
        if "/versions" in self.path:
            self._answer({"pipeline_versions": [{"pipeline_version_id": "first"}]})
        elif "/pipelines" in self.path and self.known:
            self._answer({"pipelines": [{"pipeline_id": "p1", "display_name": "outpainting"}]})
        else:
            self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((self.path, self.headers, body))  # type: ignore[attr-defined]
        ids = ("pipeline_id", "pipeline_version_id", "experiment_id", "run_id")
        self._answer({name: f"{name[:-3]}-1" for name in ids})

    def _answer(self, value: dict) -> None:
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def kubeflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("HOME", "/nonexistent")  # kfp keeps settings there
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    server.sent = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("known", [False, True])
def test_kubeflow_is_sent_the_file_and_told_to_run_it(
    kubeflow, known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Api, "known", known)
    file = tmp_path / "pipeline.yaml"
    endpoint = f"http://127.0.0.1:{kubeflow.server_port}"
    done = invoke(
        *SAID,
        *("--target", "kubeflow", "--output", str(file), "--endpoint", endpoint),
        *("--namespace", "me", "--token", "secret", "--service-account", "runner"),
    )
    assert done.exit_code == 0, done.output
    assert f"Started: {endpoint}/#/runs/details/run-1" in done.output
    (upload, experiment, run) = kubeflow.sent
    assert ("/upload_version?" in upload[0]) is known
    assert file.read_bytes() in upload[2]
    assert upload[1]["Authorization"] == "Bearer secret"
    assert json.loads(experiment[2])["namespace"] == "me"
    told = json.loads(run[2])
    assert told["service_account"] == "runner"
    assert told["runtime_config"]["pipeline_root"] == "gs://mine-outpainting/outpainting"
    assert told["pipeline_version_reference"] == {
        "pipeline_id": "p1" if known else "pipeline-1",
        "pipeline_version_id": "pipeline_version-1" if known else "first",
    }


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
