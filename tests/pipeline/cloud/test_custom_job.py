import json
from typing import Any

import pytest
from google.cloud.aiplatform_v1 import types
from tfx.components.trainer import executor as tfx_executor
from tfx.extensions.google_cloud_ai_platform import training_clients
from tfx.types import standard_artifacts

from pipeline.cloud import custom_job
from pipeline.cloud.step import checks
from tests.pipeline.cloud import vertex_api

POOL = {"machine_spec": {"machine_type": "g2-standard-8"}, "container_spec": {"image_uri": "i:1"}}


def properties(accelerator: str | None) -> dict[str, str]:
    machine = {"machine_type": "g2-standard-8"} | (
        {"accelerator_type": accelerator, "accelerator_count": 1} if accelerator else {}
    )
    pools = [{**POOL, "machine_spec": machine, "replica_count": count} for count in (1, 3)]
    job = {"job_spec": {"worker_pool_specs": pools}}
    return {"custom_config": json.dumps({"ai_platform_training_args": job})}


@pytest.mark.parametrize("accelerator", ["NVIDIA_L4", None])
def test_a_job_that_asked_for_a_gpu_and_finds_none_does_not_train(
    accelerator: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # also where there is one
    trained = []
    monkeypatch.setattr(
        tfx_executor.GenericExecutor, "Do", lambda *arguments: trained.append(arguments)
    )
    if accelerator:
        with pytest.raises(checks.CannotRun, match="asked for NVIDIA_L4"):
            custom_job.InJob().Do({}, {}, properties(accelerator))
    else:
        custom_job.InJob().Do({}, {}, properties(accelerator))
    assert len(trained) == (not accelerator)


def test_what_the_job_runs_is_what_looks_for_the_gpu() -> None:
    launcher = custom_job.Launcher()
    kind = launcher._GetExecutorClass()
    client = training_clients.VertexJobClient.__new__(training_clients.VertexJobClient)
    told = properties("NVIDIA_L4")
    words = client.generate_container_command({}, {}, told, f"{kind.__module__}.{kind.__name__}")
    assert "pipeline.cloud.custom_job.InJob" in words
    assert json.loads(words[words.index("--exec-properties") + 1]) == told


@pytest.mark.parametrize("tensorboard", ["projects/1/locations/us-central1/tensorboards/2", ""])
def test_vertex_is_told_where_the_job_logs_if_a_tensorboard_shows_it(
    tensorboard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, Any] = json.loads(properties("NVIDIA_L4")["custom_config"])
    told["ai_platform_training_args"] |= {"project": "mine"}
    told |= {"ai_platform_enable_vertex": True, "ai_platform_vertex_region": "us-central1"}
    if tensorboard:
        spec = told["ai_platform_training_args"]["job_spec"]
        spec |= {"tensorboard": tensorboard, "service_account": "me@mine"}
    run = standard_artifacts.ModelRun()
    run.uri = "gs://b/line/Trainer_1/model_run"
    with vertex_api.serve(monkeypatch) as api:
        launcher = custom_job.Launcher()
        launcher.Do({}, {"model_run": [run]}, {"custom_config": json.dumps(told)})
    ((parent, job),) = api.custom_jobs
    assert parent == vertex_api.PARENT
    folder = types.GcsDestination(output_uri_prefix=run.uri if tensorboard else "")
    assert job.job_spec.base_output_directory == folder
    assert job.job_spec.tensorboard == tensorboard
    assert job.job_spec.service_account == ("me@mine" if tensorboard else "")
    commands = [pool.container_spec.command for pool in job.job_spec.worker_pool_specs]
    assert commands
    assert all("pipeline.cloud.custom_job.InJob" in command for command in commands)
