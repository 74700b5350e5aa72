import json

import settings
from pipeline.beam import WITHIN_PROCESS
from pipeline.cloud.compiling import compile_pipeline
from pipeline.cloud.placement import Cloud
from pipeline.pipeline import Paths, create_pipeline
from settings.places import Places

PATHS = Paths(("gs://photos",), "gs://bucket/runs", "gs://bucket/serving")
IMAGE, WORKER = "host/outpainting:1", "host/outpainting-worker:1"
PLACES = Places(("gs://photos",), "gs://bucket/runs", "gs://bucket/serving", IMAGE, WORKER)


def components(target, *overrides: str):
    loaded = settings.load("smoke", ["cloud.project=mine", *overrides])
    placement = Cloud(loaded, PLACES, target)
    pipeline = create_pipeline(loaded, PATHS, placement=placement)
    return pipeline, {component.id: component for component in pipeline.components}


def test_every_step_has_limits_and_only_those_that_learn_an_accelerator() -> None:
    _, by_name = components(
        "vertex",
        "tuner.enabled=true",
        "cloud.steps.memory_gb=7",
        "cloud.transform.cpu=3",
        "cloud.trainer.accelerator=NVIDIA_L4",
        "cloud.trainer.accelerators=2",
        "cloud.tuner.accelerator=TPU_V3",
    )
    assert not hasattr(by_name.pop("LatestBlessedModel"), "platform_config")  # no step
    limits = {name: node.platform_config for name, node in by_name.items()}
    assert limits["SchemaGen"].memory_limit == 7
    assert limits["Transform"].cpu_limit == 3
    accelerators = {
        name: (spec.accelerator.type, spec.accelerator.count)
        for name, spec in limits.items()
        if spec.HasField("accelerator")
    }
    assert accelerators == {"Trainer": ("NVIDIA_L4", 2), "Tuner": ("TPU_V3", 1)}


def test_on_kubeflow_there_is_nobody_to_ask_for_the_last_blessed_model() -> None:
    _, on_kubeflow = components("kubeflow", "cloud.trainer.accelerator=NVIDIA_L4")
    _, on_vertex = components("vertex")
    assert set(on_vertex) - set(on_kubeflow) == {"LatestBlessedModel"}
    assert "baseline_model" in on_vertex["Evaluator"].inputs
    assert "baseline_model" not in on_kubeflow["Evaluator"].inputs
    assert on_kubeflow["Trainer"].platform_config.accelerator.type == "nvidia.com/gpu"


def test_on_kubeflow_a_model_to_compare_with_can_be_named(tmp_path) -> None:
    uri = "gs://bucket/serving/1"
    loaded = settings.load("smoke", [f"evaluation.baseline_model_uri={uri}"])
    _, job = compile_pipeline(loaded, PLACES, "kubeflow", str(tmp_path / "x.yaml"))
    specification = job["pipelineSpec"]
    importer = specification["deploymentSpec"]["executors"]["BaselineModel_executor"]["importer"]
    assert importer["artifactUri"] == {"constant": uri}
    inputs = specification["root"]["dag"]["tasks"]["Evaluator"]["inputs"]["artifacts"]
    assert inputs["baseline_model"]["taskOutputArtifact"]["producerTask"] == "BaselineModel"


def test_a_custom_job_trains_on_the_machine_named_in_the_steps_own_image() -> None:
    _, by_name = components(
        "vertex",
        "cloud.training_machine=g2-standard-24",
        "cloud.trainer.accelerator=NVIDIA_L4",
        "cloud.trainer.accelerators=2",
        "cloud.training_hours=1.5",
        "cloud.service_account=me@mine.iam.gserviceaccount.com",
    )
    trainer = by_name["Trainer"]
    told = json.loads(trainer.exec_properties["custom_config"])
    assert told["config"]  # what the training itself is told is still there
    assert told["ai_platform_enable_vertex"] is True
    assert told["ai_platform_vertex_region"] == "us-central1"
    job = told["ai_platform_training_args"]
    assert job["project"] == "mine"
    assert job["job_spec"]["service_account"] == "me@mine.iam.gserviceaccount.com"
    assert job["job_spec"]["scheduling"] == {"timeout": "5400s"}
    (pool,) = job["job_spec"]["worker_pool_specs"]
    assert pool["container_spec"] == {"image_uri": IMAGE}
    assert pool["machine_spec"] == {
        "machine_type": "g2-standard-24",
        "accelerator_type": "NVIDIA_L4",
        "accelerator_count": 2,
    }
    # The step itself only waits.
    assert not trainer.platform_config.HasField("accelerator")
    assert "cloud.custom_job" in trainer.executor_spec.class_path


def test_google_takes_the_custom_job_as_it_is() -> None:
    from google.cloud.aiplatform_v1.types import CustomJobSpec

    _, by_name = components(
        "vertex", "cloud.training_machine=g2-standard-24", "cloud.trainer.accelerator=NVIDIA_L4"
    )
    told = json.loads(by_name["Trainer"].exec_properties["custom_config"])
    job = CustomJobSpec(told["ai_platform_training_args"]["job_spec"])
    assert job.worker_pool_specs[0].machine_spec.accelerator_type.name == "NVIDIA_L4"
    assert job.scheduling.timeout.total_seconds() == 72 * 3600


def test_several_machines_are_a_chief_and_workers_that_begin_again_together() -> None:
    from google.cloud.aiplatform_v1.types import CustomJobSpec

    said = ("cloud.training_machine=g2-standard-24", "cloud.training_workers=4")
    for overrides, replicas in ((said, [1, 3]), (said[:1], [1])):
        _, by_name = components("vertex", *overrides)
        told = json.loads(by_name["Trainer"].exec_properties["custom_config"])
        job = CustomJobSpec(told["ai_platform_training_args"]["job_spec"])
        assert [pool.replica_count for pool in job.worker_pool_specs] == replicas
        first, last = job.worker_pool_specs[0], job.worker_pool_specs[-1]
        assert first.machine_spec == last.machine_spec
        assert first.container_spec == last.container_spec
        assert job.scheduling.restart_job_on_worker_restart is (len(replicas) > 1)


def test_a_custom_job_has_what_all_else_has_and_a_spot_machine_may_be_taken_away() -> None:
    from google.cloud.aiplatform_v1.types import CustomJob

    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    _, by_name = components(
        "vertex",
        "cloud.training_machine=g2-standard-24",
        "cloud.training_spot=true",
        "cloud.labels={team: vision}",
        "cloud.network=projects/1/global/networks/mine",
        f"cloud.encryption_key={key}",
        "cloud.tensorboard=projects/1/locations/us-central1/tensorboards/2",
    )
    told = json.loads(by_name["Trainer"].exec_properties["custom_config"])
    told = told["ai_platform_training_args"]
    assert told.pop("project") == "mine"
    job = CustomJob(told)
    assert job.labels == {"team": "vision"}
    assert job.encryption_spec.kms_key_name == key
    assert job.job_spec.network == "projects/1/global/networks/mine"
    assert job.job_spec.tensorboard == "projects/1/locations/us-central1/tensorboards/2"
    assert job.job_spec.scheduling.strategy.name == "SPOT"
    assert job.job_spec.scheduling.restart_job_on_worker_restart


def test_a_model_is_deployed_to_an_endpoint_if_one_is_named() -> None:
    _, by_name = components("vertex", "cloud.endpoint.name=outpaint", "cloud.region=europe-west4")
    pusher = by_name["Pusher"]
    told = json.loads(pusher.exec_properties["custom_config"])
    assert told["name"] == "outpainting"
    assert told["cloud"]["region"] == "europe-west4"
    assert told["cloud"]["endpoint"]["name"] == "outpaint"
    assert "cloud.endpoint.pusher" in pusher.executor_spec.class_path


def test_beam_runs_on_dataflow_with_workers_of_their_own_image() -> None:
    pipeline, _ = components(
        "vertex", "beam.runner=dataflow", "cloud.dataflow.max_workers=3", "beam_args=[--x]"
    )
    assert {
        "--x",
        "--runner=DataflowRunner",
        "--project=mine",
        "--temp_location=gs://bucket/runs/beam",
        f"--sdk_container_image={WORKER}",
        "--max_num_workers=3",
    } <= set(pipeline.beam_pipeline_args)
    unchanged, _ = components("vertex")
    assert unchanged.beam_pipeline_args == [*WITHIN_PROCESS]


def test_beam_knows_every_option_it_is_given() -> None:
    from apache_beam.options.pipeline_options import PipelineOptions, WorkerOptions

    pipeline, _ = components(
        "vertex",
        "beam.runner=dataflow",
        "cloud.service_account=a@b",
        "cloud.labels={team: vision, cost: lab}",
        "cloud.network=projects/1/global/networks/mine",
        "cloud.encryption_key=projects/p/locations/l/keyRings/r/cryptoKeys/k",
    )
    options = PipelineOptions(pipeline.beam_pipeline_args)
    known = options.get_all_options(drop_default=True)
    assert len(known) + 1 == len(pipeline.beam_pipeline_args)  # the labels are one option
    assert known["labels"] == ["team=vision", "cost=lab"]
    assert known["network"] == "mine"
    assert options.view_as(WorkerOptions).sdk_container_image == WORKER
