import json

import pytest
from tfx.components.trainer import executor as tfx_executor
from tfx.extensions.google_cloud_ai_platform import training_clients

from pipeline.cloud import custom_job
from pipeline.cloud.step import checks

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
