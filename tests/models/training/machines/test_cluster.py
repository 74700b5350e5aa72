"""TF_CONFIG as platforms set it."""

import json

import pytest

from models.training import devices
from models.training.machines import cluster
from models.training.machines.cluster import Worker

# As Vertex AI's custom jobs set it, and Kubeflow's training operator for a TFJob.
VERTEX = {"chief": ["pool0-0:2222"], "worker": ["pool1-0:2222", "pool1-1:2222"]}
KUBEFLOW = {"worker": ["train-worker-0.ns.svc:2222", "train-worker-1.ns.svc:2222"]}


@pytest.mark.parametrize(
    ("machines", "task", "expected"),
    [
        (VERTEX, ("chief", 0), Worker(0, 3)),
        (VERTEX, ("worker", 0), Worker(1, 3)),
        (VERTEX, ("worker", 1), Worker(2, 3)),
        (KUBEFLOW, ("worker", 0), Worker(0, 2)),
        (KUBEFLOW, ("worker", 1), Worker(1, 2)),
        ({"master": ["a:1"], "worker": ["b:1"]}, ("worker", 0), Worker(1, 2)),
        ({"chief": ["a:1"]}, ("chief", 0), Worker(0, 1)),
        ({}, ("cloud", 0), Worker(0, 1)),
    ],
)
def test_each_machine_knows_its_place_and_one_is_the_chief(
    machines, task, expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, index = task
    told = {"cluster": machines, "task": {"type": kind, "index": index}, "environment": "cloud"}
    monkeypatch.setenv(cluster.VARIABLE, json.dumps(told))
    assert cluster.here() == expected
    assert cluster.here().is_chief is (expected.index == 0)


def test_where_nothing_is_told_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cluster.VARIABLE, raising=False)
    assert cluster.here() == Worker(0, 1)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("{", "not as TensorFlow has it"),
        ("[]", "not as TensorFlow has it"),
        (json.dumps({"cluster": KUBEFLOW}), "not as TensorFlow has it"),
        (json.dumps({"cluster": KUBEFLOW, "task": {"type": "ps", "index": 0}}), "is a ps"),
    ],
)
def test_what_is_not_understood_is_an_error(
    told: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cluster.VARIABLE, told)
    with pytest.raises(ValueError, match=words):
        cluster.here()


@pytest.mark.parametrize("wanted", ["none", "mirrored", "tpu"])
def test_several_machines_do_not_train_models_of_their_own(
    wanted: devices.Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"cluster": KUBEFLOW, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv(cluster.VARIABLE, json.dumps(told))
    with pytest.raises(ValueError, match=rf"training\.strategy is {wanted}.*use auto"):
        devices.choose_strategy(wanted)
