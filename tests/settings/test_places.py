import pytest

import settings
from settings.places import Places, places

SAID = ("data=[gs://d]", "root=gs://r", "image=a/b:1")


def found(*overrides: str, target="vertex", beside: tuple[str, ...] = ()) -> Places:
    said = [f"cloud.{override}" for override in overrides]
    return places(settings.load("smoke", [*said, *beside]), target, "abc")


def test_a_project_and_data_are_enough_and_the_tag_is_that_of_the_code() -> None:
    assert found("project=mine", "data=[gs://photos/a]") == (
        ("gs://photos/a",),
        "gs://mine-outpainting/outpainting",
        "gs://mine-outpainting/outpainting/serving",
        "us-central1-docker.pkg.dev/mine/outpainting/outpainting:abc",
        "",
    )


def test_outside_a_checkout_an_image_must_be_named() -> None:
    loaded = settings.load("smoke", ["cloud.project=mine", "cloud.data=[gs://d]"])
    with pytest.raises(settings.ConfigError, match=r"cloud\.image: give --image; only a checkout"):
        places(loaded, "vertex", "")


def test_what_is_said_wins() -> None:
    said = ("data=[gs://d]", "root=gs://r/", "serving=gs://s", "image=host/i:1")
    assert found(*said, target="kubeflow")[:4] == (("gs://d",), "gs://r", "gs://s", "host/i:1")


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(settings.ConfigError) as caught:
        found()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["cloud.data", "cloud.root", "cloud.image"]
    assert all("--" in line for line in lines)


@pytest.mark.parametrize("target", ["vertex", "kubeflow"])
@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("cloud.data=[gs://a, /home/me/photos]", "cloud.data"),
        ("cloud.data=[s3://photos]", "cloud.data"),
        ("cloud.root=/mnt/root", "cloud.root"),
        ("cloud.root=s3://bucket/root", "cloud.root"),
        ("cloud.root=minio://bucket/root", "cloud.root"),
        ("cloud.serving=serving", "cloud.serving"),
        ("evaluation.baseline_model_uri=output/serving/1", "evaluation.baseline_model_uri"),
        ("model.start=output/serving/1", "model.start"),
    ],
)
def test_a_place_that_no_step_can_reach_is_refused(target, said: str, name: str) -> None:
    with pytest.raises(settings.ConfigError, match="no step can reach") as caught:
        found(*SAID, target=target, beside=(said,))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")


ON_VOLUMES = (
    "data=[/mnt/photos/a, gs://b]",
    "root=/mnt/runs/line",
    "image=a/b:1",
    "kubernetes.volumes={/mnt/photos: photos, /mnt/runs: runs}",
)
STORE = "kubernetes.store=minio://mlpipeline/outpainting"


def test_on_kubeflow_a_volume_can_be_reached_where_artifacts_have_a_store() -> None:
    where = found(*ON_VOLUMES, STORE, target="kubeflow")
    assert where.data == ("/mnt/photos/a", "gs://b")
    assert (where.root, where.serving) == ("/mnt/runs/line", "/mnt/runs/line/serving")
    with pytest.raises(
        settings.ConfigError, match=r"kubernetes\.store: /mnt/runs/line is on a vol"
    ):
        found(*ON_VOLUMES, target="kubeflow")
    for said in ("data=[/mnt/photograph]", "root=/mnt/elsewhere", "root=s3://bucket/root"):
        with pytest.raises(settings.ConfigError, match=r"or a volume, cloud\.kubernetes\.volumes"):
            found(*ON_VOLUMES, STORE, said, target="kubeflow")


def test_a_model_to_compare_with_is_in_a_bucket_that_kubeflow_carries_it_from() -> None:
    name = "evaluation.baseline_model_uri"
    for place in ("minio://mlpipeline/models/1", "gs://b/1"):
        assert found(*ON_VOLUMES, STORE, target="kubeflow", beside=(f"{name}={place}",))
    for place in ("/mnt/runs/models/1", "minio://other/1", "s3://mlpipeline/1"):
        with pytest.raises(settings.ConfigError, match=rf"{name}: no step can reach {place}"):
            found(*ON_VOLUMES, STORE, target="kubeflow", beside=(f"{name}={place}",))


def test_vertex_ai_has_no_volumes() -> None:
    for said in ("volumes={/mnt/a: a}", "shared_memory_gb=1", "steps.node_selector={a: b}"):
        with pytest.raises(settings.ConfigError, match=r"cloud\.kubernetes: Vertex AI has no"):
            found(*SAID, f"kubernetes.{said}")
        assert found(*SAID, f"kubernetes.{said}", target="kubeflow")


def test_the_model_that_ships_is_in_the_image() -> None:
    assert found(*SAID, beside=("model.start=pretrained", "model.generator=unet"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cloud.endpoint.name=e", r"endpoint\.name: only a run on Vertex AI"),
        ("cloud.training_machine=g2-standard-8", r"training_machine: only a run on Vertex AI"),
        ("beam.runner=dataflow", r"beam\.runner: on Kubeflow"),
        ("beam.runner=flink", r"beam\.runner: on Kubeflow"),
        ("cloud.experiment=borders", r"experiment: on Kubeflow the experiment is called as"),
    ],
)
def test_what_kubeflow_does_not_have_is_refused_there(said: str, words: str) -> None:
    with pytest.raises(settings.ConfigError, match=words):
        found(*SAID, "project=mine", target="kubeflow", beside=(said,))
    assert found(*SAID, "project=mine", beside=(said,))


@pytest.mark.parametrize("said", ["beam.runner=dataflow", "cloud.endpoint.name=e"])
def test_a_project_is_asked_for_where_one_is_needed(said: str) -> None:
    with pytest.raises(settings.ConfigError, match="needs one; give --project"):
        found(*SAID, beside=(said,))


def test_several_machines_are_those_of_a_custom_job_and_share_batches() -> None:
    with pytest.raises(settings.ConfigError, match=r"training_workers: .*training_machine"):
        found(*SAID, "training_workers=2")
    job = (*SAID, "training_machine=g2-standard-8")
    assert found(*job, "training_workers=2")
    with pytest.raises(settings.ConfigError, match=r"training\.batch_size: 4 pictures cannot"):
        found(*job, "training_workers=3")


def test_spot_machines_are_for_custom_jobs() -> None:
    with pytest.raises(settings.ConfigError, match="training_machine"):
        found(*SAID, "training_spot=true")


def test_workers_have_an_image_of_their_own_of_the_same_code() -> None:
    on, beside = (*SAID[:2], "project=mine"), ("beam.runner=dataflow",)
    assert found(*on, beside=beside).worker.endswith("/outpainting/outpainting-worker:abc")
    assert found(*on, "image=host:5000/i:1", beside=beside).worker == "host:5000/i-worker:1"
    digest = f"image=a/b@sha256:{'0' * 64}"
    with pytest.raises(settings.ConfigError, match=r"beam\.image"):
        found(*on, digest, beside=beside)
    assert found(*on, digest, beside=(*beside, "beam.image=w:1")).worker == "w:1"


def test_a_tensorboard_shows_custom_jobs_that_run_as_somebody() -> None:
    shown = ("tensorboard=projects/1/locations/l/tensorboards/2",)
    with pytest.raises(settings.ConfigError, match=r"tensorboard: only a custom job"):
        found(*SAID, *shown)
    job = ("training_machine=g2-standard-8", "project=mine")
    with pytest.raises(settings.ConfigError, match=r"writes to it as cloud\.service_account"):
        found(*SAID, *shown, *job)
    assert found(*SAID, *shown, *job, "service_account=me@mine")
