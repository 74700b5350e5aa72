import pytest

import settings
from settings.kubernetes import KubernetesSettings


def kubernetes(*overrides: str) -> KubernetesSettings:
    said = [f"cloud.kubernetes.{override}" for override in overrides]
    return settings.load("smoke", said).cloud.kubernetes


@pytest.mark.parametrize(
    "folder", ["mnt", "/", "/mnt/../x", "/mnt/", "/s3", "/minio/x", "/dev/shm"]
)
def test_a_volume_has_a_folder_of_its_own(folder: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.kubernetes\.volumes"):
        kubernetes(f"volumes={{{folder}: claim}}")


@pytest.mark.parametrize("secret", ["{A: b}", "{A: B/c}", "{1A: b/c}", "{A: 'b/c d'}"])
def test_a_secret_has_a_variable_a_name_and_a_key(secret: str) -> None:
    with pytest.raises(settings.ConfigError, match="VARIABLE: SECRET/KEY"):
        kubernetes(f"secrets={secret}")
    assert kubernetes("secrets={A_1: my-secret/key.txt}").secrets == {"A_1": "my-secret/key.txt"}


@pytest.mark.parametrize("store", ["/mnt", "https://a/b", "s3://", "minio:///a", "'s3://a b'"])
def test_a_store_is_one_that_kubeflow_knows(store: str) -> None:
    with pytest.raises(settings.ConfigError, match=r"cloud\.kubernetes\.store"):
        kubernetes(f"store={store}")
    for known in ("minio://mlpipeline/outpainting", "s3://bucket", "gs://b/c/d"):
        assert kubernetes(f"store={known}").store == known


@pytest.mark.parametrize(
    ("place", "there"),
    [("/mnt/a", True), ("/mnt/a/b.tar", True), ("/mnt/ab", False), ("/mnt/a/../b", False)],
)
def test_what_a_volume_holds(place: str, there: bool) -> None:
    assert kubernetes("volumes={/mnt/a: claim}").holds(place) is there


def test_the_preset_kind_is_smoke_on_smaller_machines() -> None:
    kind, smoke = settings.load("kind"), settings.load("smoke")
    assert kind.model_dump(exclude={"cloud", "preset"}) == smoke.model_dump(
        exclude={"cloud", "preset"}
    )
    names = ("Trainer", "Tuner", "Evaluator", "Transform", "ImageExampleGen", "Pusher")
    for name in names:
        ours, theirs = kind.cloud.limits(name), smoke.cloud.limits(name)
        assert (ours.cpu, ours.memory_gb) < (theirs.cpu, theirs.memory_gb)
        assert ours.cpu <= 2
        assert ours.memory_gb <= 4
