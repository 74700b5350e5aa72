import json

import pytest
from google.protobuf import json_format

import settings
from pipeline.cloud.submitting import SubmitError, vertex
from settings.places import Places
from tests import golden_specs
from tests.pipeline.cloud import vertex_api

KEY = "projects/mine/locations/us-central1/keyRings/r/cryptoKeys/k"
PLACES = Places(("gs://d",), "gs://b/line", "gs://b/line/serving", "i:1")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch):
    # It looks for the bucket first, in another service.
    monkeypatch.setattr(
        "google.cloud.aiplatform.utils.gcs_utils."
        "create_gcs_bucket_for_pipeline_artifacts_if_it_does_not_exist",
        lambda **_: None,
    )
    with vertex_api.serve(monkeypatch) as served:
        yield served


def cloud(*said: str):
    words = ["project=mine", "service_account=me@mine", f"encryption_key={KEY}", *said]
    words += ["labels={team: vision}", "network=projects/1/global/networks/mine"]
    return settings.load("smoke", [f"cloud.{word}" for word in words]).cloud


def submit(cron: str | None = None, *said: str) -> str:
    file = golden_specs.FOLDER / golden_specs.FILES["vertex"]
    job = json.loads(file.read_text())
    return vertex.submit(str(file), job, cloud(*said), PLACES, cron)


def test_a_run_is_started_with_all_that_settings_say(api: vertex_api.VertexApi) -> None:
    where = submit()
    (request,) = api.runs
    assert request.parent == vertex_api.PARENT
    job = request.pipeline_job
    assert request.pipeline_job_id in where
    assert job.service_account == "me@mine"
    assert job.network == "projects/1/global/networks/mine"
    assert job.encryption_spec.kms_key_name == KEY
    assert job.labels["team"] == "vision"
    assert job.runtime_config.gcs_output_directory == "gs://b/line"
    sent = json_format.MessageToDict(type(job).pb(job).pipeline_spec)
    assert set(sent["root"]["inputDefinitions"]["parameters"]) == {"data", "settings"}


def test_runs_are_listed_in_the_experiment_that_settings_name(api: vertex_api.VertexApi) -> None:
    for _ in range(2):  # it is made for the first
        submit(None, "experiment=borders")
    experiment = api.contexts[f"{vertex_api.STORE}/contexts/borders"]
    assert experiment.schema_title == "system.Experiment"
    ids = [request.pipeline_job_id for request in api.runs]
    assert api.children == {experiment.name: [f"{vertex_api.STORE}/contexts/{i}" for i in ids]}


def test_without_an_experiment_none_is_made(api: vertex_api.VertexApi) -> None:
    submit()
    assert not api.children


def test_an_experiment_that_cannot_be_had_starts_nothing(
    api: vertex_api.VertexApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grpc

    def refuse(_: object) -> None:
        raise vertex_api.Refused(grpc.StatusCode.PERMISSION_DENIED, "no entry")

    monkeypatch.setattr(api, "GetContext", refuse)
    with pytest.raises(SubmitError, match=r"PipelineJob not created: 403 no entry"):
        submit(None, "experiment=borders")
    assert not api.runs


def test_a_schedule_takes_the_place_of_the_one_before(api: vertex_api.VertexApi) -> None:
    submit("0 3 * * 0")
    where = submit("0 4 * * 0")
    assert not api.runs
    ((name, schedule),) = api.schedules.items()
    assert name.rpartition("/")[2] in where
    assert schedule.cron == "0 4 * * 0"
    assert schedule.max_concurrent_run_count == 1
    job = schedule.create_pipeline_job_request.pipeline_job
    assert job.service_account == "me@mine"
    assert job.encryption_spec.kms_key_name == KEY


def test_a_schedule_ends(api: vertex_api.VertexApi) -> None:
    submit("0 3 * * 0")
    assert api.schedules
    for _ in range(2):  # also where there is none
        assert submit("never") == ""
        assert not api.schedules
    assert not api.runs


def test_what_google_refuses_is_a_clear_error(
    api: vertex_api.VertexApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grpc

    def refuse(_: object) -> None:
        raise vertex_api.Refused(grpc.StatusCode.PERMISSION_DENIED, "no entry")

    monkeypatch.setattr(api, "CreatePipelineJob", refuse)
    with pytest.raises(SubmitError, match="Vertex AI, project mine: 403 no entry"):
        submit()
