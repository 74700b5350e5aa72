import pytest

import settings
from pipeline.cloud.endpoint import deploying
from tests.pipeline.cloud import vertex_api


def cloud(*said: str):
    words = ["project=mine", "endpoint.name=paint", "labels={team: vision}", *said]
    return settings.load("smoke", [f"cloud.{word}" for word in words]).cloud


@pytest.fixture
def vertex(monkeypatch: pytest.MonkeyPatch):
    with vertex_api.serve(monkeypatch) as api:
        yield api


def push(times: int, *said: str) -> str:
    for _ in range(times):
        where = deploying.deploy(cloud(*said), "outpainting", "gs://b/model")
    return where


def test_each_push_is_a_version_of_one_model_and_the_older_is_undeployed(vertex) -> None:
    where = push(3)
    assert where == f"{vertex_api.PARENT}/models/outpainting@3"
    ((_, versions),) = vertex.models.items()
    assert [model.version_id for model in versions] == ["1", "2", "3"]
    assert versions[0].artifact_uri == "gs://b/model"
    assert versions[0].labels["team"] == "vision"
    (endpoint,) = vertex.endpoints.values()
    assert endpoint.display_name == "paint"
    assert vertex.traffic() == {"3": 100}
    (deployed,) = endpoint.deployed_models
    assert deployed.dedicated_resources.machine_spec.machine_type == "n1-standard-4"
    assert deployed.dedicated_resources.max_replica_count == 1


def test_a_canary_gets_its_share_and_what_was_there_the_rest(vertex) -> None:
    push(1, "endpoint.traffic=10")  # the first has all: there is no other
    assert vertex.traffic() == {"1": 100}
    push(1, "endpoint.traffic=10")
    assert vertex.traffic() == {"1": 90, "2": 10}


def test_older_versions_may_stay_for_a_rollback(vertex) -> None:
    push(4, "endpoint.keep=1")
    assert vertex.traffic() == {"3": 0, "4": 100}


@pytest.mark.parametrize("keep", [0, 1])
def test_a_rollback_gives_all_requests_to_the_version_before(vertex, keep: int) -> None:
    push(3, f"endpoint.keep={keep}")
    (endpoint,) = vertex.endpoints.values()
    before = {m.model_version_id: m.id for m in endpoint.deployed_models}
    assert deploying.roll_back(cloud(f"endpoint.keep={keep}"), "outpainting") == ("3", "2")
    assert vertex.traffic() == ({"2": 100, "3": 0} if keep else {"2": 100})
    after = {m.model_version_id: m.id for m in endpoint.deployed_models}
    assert (before.get("2") == after["2"]) is bool(keep)  # deployed anew only where it was not
    ((_, versions),) = vertex.models.items()
    assert ["default" in model.version_aliases for model in versions] == [False, True, False]


def test_a_rollback_goes_on_to_versions_still_older_and_forward_by_name(vertex) -> None:
    push(3)
    assert deploying.roll_back(cloud(), "outpainting") == ("3", "2")
    assert deploying.roll_back(cloud(), "outpainting") == ("2", "1")
    with pytest.raises(settings.ConfigError, match="no version before 1; there are 1, 2, 3"):
        deploying.roll_back(cloud(), "outpainting")
    assert deploying.roll_back(cloud(), "outpainting", "3") == ("1", "3")
    assert vertex.traffic() == {"3": 100}


def test_a_canary_that_fails_or_succeeds_ends(vertex) -> None:
    push(2, "endpoint.traffic=10")
    assert deploying.roll_back(cloud(), "outpainting", "1") == ("1", "1")
    assert vertex.traffic() == {"1": 100}
    push(1, "endpoint.traffic=10")
    assert vertex.traffic() == {"1": 90, "3": 10}
    assert deploying.roll_back(cloud(), "outpainting", "3") == ("1", "3")
    assert vertex.traffic() == {"3": 100}


def test_what_is_not_there_is_named(vertex) -> None:
    with pytest.raises(settings.ConfigError, match="no endpoint paint in mine"):
        deploying.roll_back(cloud(), "outpainting")
    push(1)
    with pytest.raises(settings.ConfigError, match="no version 7; there are 1"):
        deploying.roll_back(cloud(), "outpainting", "7")
    with pytest.raises(settings.ConfigError, match="no version of other is deployed"):
        deploying.roll_back(cloud(), "other")
