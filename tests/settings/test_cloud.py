import pytest

import settings
from settings.cloud import Machine


def cloud(*overrides: str):
    return settings.load("smoke", [f"cloud.{override}" for override in overrides]).cloud


@pytest.mark.parametrize("image", ["a/b", "a/b:latest", "host:5000/b"])
def test_an_image_that_may_change_is_refused(image: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.image: name a tag"):
        cloud(f"image={image}")


@pytest.mark.parametrize("image", ["a/b:0.1.0", "host:5000/b:1", "a/b@sha256:" + "0" * 64])
def test_an_image_that_stays_what_it_is_is_taken(image: str) -> None:
    assert cloud(f"image={image}").image == image


@pytest.mark.parametrize("labels", ["{Team: a}", "{team: A}", "{1a: b}", "{a: 'b c'}"])
def test_labels_are_as_google_takes_them(labels: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.labels"):
        cloud(f"labels={labels}")
    assert cloud("labels={team: vision-1}").labels == {"team": "vision-1"}


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
