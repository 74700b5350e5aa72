import pytest

import settings
from settings.cloud import Machine, places


def cloud(*overrides: str):
    return settings.load("smoke", [f"cloud.{override}" for override in overrides]).cloud


def test_a_project_and_data_are_enough() -> None:
    found = places(cloud("project=mine", "data=[gs://photos/a]"), "outpainting", "vertex")
    assert found.data == ("gs://photos/a",)
    assert found.root == "gs://mine-outpainting/outpainting"
    assert found.serving == "gs://mine-outpainting/outpainting/serving"
    assert found.image.startswith("us-central1-docker.pkg.dev/mine/outpainting/outpainting:0")


def test_what_is_said_wins() -> None:
    said = cloud("data=[/d]", "root=/r/", "serving=/s", "image=host/i:1")
    assert places(said, "outpainting", "kubeflow") == (("/d",), "/r", "/s", "host/i:1")


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(settings.ConfigError) as caught:
        places(cloud(), "outpainting", "vertex")
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["cloud.data", "cloud.root", "cloud.image"]
    assert all("--" in line for line in lines)


def test_local_data_for_a_root_in_a_bucket_is_refused() -> None:
    with pytest.raises(settings.ConfigError, match="no step can read /home/me/photos"):
        places(cloud("project=mine", "data=[/home/me/photos]"), "outpainting", "vertex")


@pytest.mark.parametrize("image", ["a/b", "a/b:latest", "host:5000/b"])
def test_an_image_that_may_change_is_refused(image: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.image: name a tag"):
        cloud(f"image={image}")


@pytest.mark.parametrize("image", ["a/b:0.1.0", "host:5000/b:1", "a/b@sha256:" + "0" * 64])
def test_an_image_that_stays_what_it_is_is_taken(image: str) -> None:
    assert cloud(f"image={image}").image == image


def test_dataflow_is_for_vertex_and_wants_a_project() -> None:
    said = ("dataflow.enabled=true", "data=[gs://d]", "root=gs://r", "image=a/b:1")
    with pytest.raises(settings.ConfigError, match=r"dataflow\.enabled: on Kubeflow"):
        places(cloud(*said, "project=mine"), "outpainting", "kubeflow")
    with pytest.raises(settings.ConfigError, match="Dataflow needs one"):
        places(cloud(*said), "outpainting", "vertex")
    assert places(cloud(*said, "project=mine"), "outpainting", "vertex").root == "gs://r"


def test_each_platform_has_its_own_name_for_an_accelerator() -> None:
    gpu, tpu = Machine(accelerator="NVIDIA_L4"), Machine(accelerator="TPU_V3")
    assert Machine().accelerator_on("kubeflow") is None
    assert gpu.accelerator_on("vertex") == "NVIDIA_L4"
    assert gpu.accelerator_on("kubeflow") == "nvidia.com/gpu"
    assert tpu.accelerator_on("vertex") == "TPU_V3"
    with pytest.raises(settings.ConfigError, match="node selectors"):
        tpu.accelerator_on("kubeflow")


def test_the_evaluator_cannot_be_given_a_gpu() -> None:
    with pytest.raises(settings.ConfigError, match="evaluator has cpu, memory_gb"):
        cloud("evaluator.accelerator=NVIDIA_L4")
