"""What is compiled for Vertex AI and Kubeflow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import settings
from pipeline import source
from tests import dag, golden_specs
from tests.dag_runner import SAID, invoke

ROOT = Path(__file__).parent.parent


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
        ([*SAID, "--data", "photos"], "no step can reach photos"),
        ([*SAID, "--root", "s3://bucket/root"], "no step can reach s3://bucket/root"),
        ([*SAID, "--schedule", "0 3 * * 0"], "--schedule wants --submit or --endpoint"),
        ([*SAID, "--submit", "--schedule", "daily"], "five fields"),
        ([*SAID, "--output", "/proc/x.json"], "/proc/x.json: No such file or directory"),
        ([*SAID, "--image", "a/b:latest"], "name a tag that stays what it is"),
        ([*SAID, "--image", f"a/b:0.9-{'0' * 16}"], "has TFX 0.9, and here is TFX"),
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
    assert specification["defaultPipelineRoot"] == "gs://my-project-outpainting/outpainting"
    # Nobody there looks whether the photographs have changed.
    tasks = specification["root"]["dag"]["tasks"]
    uncached = {name for name, task in tasks.items() if "cachingOptions" not in task}
    assert uncached == {"ImageExampleGen"}


@pytest.mark.parametrize("target", golden_specs.FILES)
def test_a_run_may_be_given_other_photographs_and_other_settings(compiled: dict, target) -> None:
    specification = compiled[target][1]["pipelineSpec"]
    declared = specification["root"]["inputDefinitions"]["parameters"]
    assert {name: given["defaultValue"] for name, given in declared.items()} == {
        "data": '["gs://my-photographs/places"]',
        "settings": "",
    }
    taken = {
        (task, name)
        for task, given in specification["root"]["dag"]["tasks"].items()
        for name, value in given.get("inputs", {}).get("parameters", {}).items()
        if "componentInputParameter" in value
    }
    assert taken == {("ImageExampleGen", "data"), ("Trainer", "settings")}


@pytest.mark.parametrize("target", golden_specs.FILES)
def test_each_step_is_told_its_code_and_only_the_trainer_an_accelerator(
    compiled: dict, target
) -> None:
    executors = compiled[target][1]["pipelineSpec"]["deploymentSpec"]["executors"]
    commands = {
        name: e["container"]["command"] for name, e in executors.items() if "container" in e
    }
    assert len(commands) == 10
    for command in commands.values():
        assert command[command.index("--code") + 1] == source.code_hash()
    assert [name for name, words in commands.items() if "--accelerator" in words] == [
        "Trainer_executor"
    ]


def test_the_last_blessed_model_is_looked_up_once_training_is_over(compiled: dict) -> None:
    """What was blessed while it trained counts."""
    tasks = compiled["vertex"][1]["pipelineSpec"]["root"]["dag"]["tasks"]
    assert tasks["LatestBlessedModel-model-blessing-resolver"]["dependentTasks"] == ["Trainer"]


def test_what_is_compiled_does_not_go_by_what_is_installed_here(
    compiled: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.quality.perceptual.installed", lambda: False)
    document, _ = golden_specs.compile_golden("vertex", tmp_path)
    assert document == compiled["vertex"][0]


def test_retries_labels_and_no_cache_are_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    words = ["--no-cache", "--set", "cloud.retries=3", "--set", "cloud.labels={team: vision}"]
    done = invoke(*SAID, *words, "--output", str(file))
    assert done.exit_code == 0, done.output
    job = json.loads(file.read_text())
    assert job["labels"]["team"] == "vision"
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"].values()
    assert {task["retryPolicy"]["maxRetryCount"] for task in tasks} == {3}
    assert not any("cachingOptions" in task for task in tasks)


def test_a_dry_run_shows_the_last_step_as_well(tmp_path: Path) -> None:
    words = ["--dry-run", "--set", "cloud.webhook=https://chat.example.com/secret"]
    done = invoke(*SAID, *words, "--output", str(tmp_path / "x.json"))
    assert done.exit_code == 0, done.output
    steps = [line.split()[0] for line in done.output.splitlines() if line.startswith("  ")]
    assert (steps[0], *steps[-2:]) == ("ImageExampleGen", "Pusher", "Notify")
    assert "secret" not in done.output


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
        OUTPAINTING_PRESET="smoke",
        OUTPAINTING_DATA="gs://a 'gs://b/my photographs'",
        OUTPAINTING_SET="cloud.trainer.accelerator=NVIDIA_L4 'cloud.steps={cpu: 2, memory_gb: 7}'",
        OUTPAINTING_OUTPUT=str(tmp_path / "runs"),
        GOOGLE_CLOUD_PROJECT="mine",
    )
    assert done.exit_code == 0, done.output
    assert "Vertex AI, project mine, us-central1" in done.output
    assert "gs://a, gs://b/my photographs" in done.output
    assert f"outpainting/outpainting:{source.image_tag()}" in done.output
    assert "8 cores, 30 GB, 1 NVIDIA_L4, cached" in done.output
    lines = [line for line in done.output.splitlines() if line.startswith("  ")]
    steps = [line.split()[0].partition("-")[0] for line in lines]
    assert list(dict.fromkeys(steps)) == list(dag.COMPONENTS)
    assert "2 cores, 7 GB" in lines[1]
    assert not (tmp_path / "runs").exists()
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
