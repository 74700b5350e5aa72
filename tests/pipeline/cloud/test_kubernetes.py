"""What Kubernetes is told: as kfp-kubernetes writes it, and as the kfp SDK reads it."""

from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2

import settings
from pipeline.cloud import kubernetes
from pipeline.cloud.compiling import compile_pipeline
from settings.places import places

SAID = (
    "cloud.image=registry:5000/outpainting:1",
    "cloud.data=[/mnt/photographs/places]",
    "cloud.root=/mnt/outpainting/root",
    "cloud.kubernetes.store=minio://mlpipeline/outpainting",
    "cloud.kubernetes.volumes={/mnt/photographs: photographs, /mnt/outpainting: outpainting}",
    "cloud.kubernetes.secrets={AWS_ACCESS_KEY_ID: minio/accesskey}",
)
# Of kfp-kubernetes 1.5.0: use_secret_as_env, mount_pvc, add_node_selector, add_toleration and
# empty_dir_mount, compiled by kfp 2.11.0.
WRITTEN_BY_KFP = {
    "emptyDirMounts": [
        {"medium": "Memory", "mountPath": "/dev/shm", "sizeLimit": "8000M", "volumeName": "shm"}
    ],
    "nodeSelector": {"labels": {"a": "b"}},
    "pvcMount": [
        {
            "constant": "photos",
            "mountPath": "/data",
            "pvcNameParameter": {"runtimeValue": {"constant": "photos"}},
        }
    ],
    "secretAsEnv": [
        {
            "keyToEnv": [{"envVar": "AWS_ACCESS_KEY_ID", "secretKey": "accesskey"}],
            "secretName": "minio",
            "secretNameParameter": {"runtimeValue": {"constant": "minio"}},
        }
    ],
    "tolerations": [
        {
            "effect": "NoExecute",
            "key": "nvidia.com/gpu",
            "operator": "Exists",
            "tolerationSeconds": 10,
        },
        {"key": "x", "operator": "Equal", "value": "y"},
    ],
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    config = settings.load("kind", SAID)
    file = tmp_path_factory.mktemp("compiled") / "pipeline.yaml"
    _, job = compile_pipeline(config, places(config, "kubeflow", ""), "kubeflow", str(file))
    assert job["runtimeConfig"]["gcsOutputDirectory"] == "minio://mlpipeline/outpainting"
    return list(yaml.safe_load_all(file.read_text()))


def test_each_setting_is_written_as_kfp_kubernetes_writes_it() -> None:
    said = [
        "volumes={/data: photos}",
        "secrets={AWS_ACCESS_KEY_ID: minio/accesskey}",
        "shared_memory_gb=8",
        "steps.node_selector={a: b}",
        "steps.tolerations=[{key: nvidia.com/gpu, effect: NoExecute, seconds: 10}, "
        "{key: x, operator: Equal, value: y}]",
    ]
    config = settings.load("smoke", [f"cloud.kubernetes.{word}" for word in said])
    executors = {"Pusher_executor": {"container": {}}, "Baseline_executor": {"importer": {}}}
    told = kubernetes.platform(
        config.cloud.kubernetes, {"deploymentSpec": {"executors": executors}}
    )
    assert told["platforms"]["kubernetes"]["deploymentSpec"]["executors"] == {
        "Pusher_executor": WRITTEN_BY_KFP
    }


def test_what_learns_has_nodes_of_its_own() -> None:
    said = ["steps.node_selector={a: b, c: d}", "training.node_selector={c: gpu}"]
    said.append("training.tolerations=[{key: nvidia.com/gpu, effect: NoExecute, seconds: 0}]")
    config = settings.load("smoke", [f"cloud.kubernetes.{word}" for word in said])
    executors = {f"{name}_executor": {"container": {}} for name in ("Trainer", "Tuner", "Pusher")}
    told = kubernetes.platform(
        config.cloud.kubernetes, {"deploymentSpec": {"executors": executors}}
    )
    found = told["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert found.pop("Pusher_executor") == {"nodeSelector": {"labels": {"a": "b", "c": "d"}}}
    toleration = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"}
    for name in ("Trainer_executor", "Tuner_executor"):
        assert found[name] == {
            "nodeSelector": {"labels": {"a": "b", "c": "gpu"}},
            "tolerations": [{**toleration, "tolerationSeconds": 0}],
        }


def test_the_last_step_needs_no_volume_to_tell_that_one_is_missing() -> None:
    said = ["volumes={/data: photos}", "secrets={A: b/c}", "steps.node_selector={a: b}"]
    config = settings.load("smoke", [f"cloud.kubernetes.{word}" for word in said])
    executors = {"Pusher_executor": {"container": {}}, "Notify_executor": {"container": {}}}
    told = kubernetes.platform(
        config.cloud.kubernetes, {"deploymentSpec": {"executors": executors}}
    )
    found = told["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert found["Notify_executor"] == {"nodeSelector": {"labels": {"a": "b"}}}
    assert set(found["Pusher_executor"]) == {"nodeSelector", "pvcMount", "secretAsEnv"}


def test_it_is_the_files_second_document_for_every_step(documents: list[dict]) -> None:
    specification, platform = documents
    assert specification["defaultPipelineRoot"] == "minio://mlpipeline/outpainting"
    steps = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    executors = specification["deploymentSpec"]["executors"]
    assert set(steps) == {name for name, given in executors.items() if "container" in given}
    for told in steps.values():
        assert [mount["mountPath"] for mount in told["pvcMount"]] == [
            "/mnt/photographs",
            "/mnt/outpainting",
        ]


def test_the_kfp_sdk_reads_it(documents: list[dict]) -> None:
    loaded = components.load_component_from_text(yaml.safe_dump_all(documents))
    assert json_format.MessageToDict(loaded.platform_spec) == documents[1]
    json_format.ParseDict(documents[1], pipeline_spec_pb2.PlatformSpec())


def test_nothing_is_written_where_nothing_was_asked_for(tmp_path: Path) -> None:
    config = settings.load("smoke", ["cloud.project=mine", "cloud.data=[gs://d]"])
    file = tmp_path / "pipeline.yaml"
    compile_pipeline(config, places(config, "kubeflow", "1"), "kubeflow", str(file))
    assert len(list(yaml.safe_load_all(file.read_text()))) == 1


def test_only_ingestion_is_told_of_the_volume_and_only_where_the_root_is_on_one(
    documents: list[dict], tmp_path: Path
) -> None:
    def told(specification: dict) -> dict[str, list[str]]:
        executors = specification["deploymentSpec"]["executors"]
        commands = {name: e["container"]["command"] for name, e in executors.items()}
        return {
            name: words[words.index("--volume") :]
            for name, words in commands.items()
            if "--volume" in words
        }

    root = "/mnt/outpainting/root"
    assert told(documents[0]) == {"ImageExampleGen_executor": ["--volume", root]}
    config = settings.load("kind", [*SAID, "cloud.root=gs://bucket/root"])
    where = places(config, "kubeflow", "")
    _, job = compile_pipeline(config, where, "kubeflow", str(tmp_path / "pipeline.yaml"))
    assert told(job["pipelineSpec"]) == {}
