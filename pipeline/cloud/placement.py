"""Which components a pipeline is made of, and what they may use: on Vertex AI and Kubeflow."""

from collections.abc import Sequence
from typing import Any

from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.components import Pusher, Trainer
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_node import BaseNode
from tfx.types import Channel

from pipeline import beam
from pipeline.placement import Here
from settings.beam import BeamSettings
from settings.cloud import Limits, Machine, Target
from settings.config import Config
from settings.places import Places


class Cloud(Here):
    """As steps in containers, on Vertex AI or Kubeflow."""

    def __init__(self, config: Config, places: Places, target: Target):
        """Sets up the placement.

        Args:
            config: Every setting; of the cloud: project, region, machines and so on.
            places: The images of steps and workers among them.
            target: `vertex` or `kubeflow`.
        """
        self._settings = config.cloud
        self._name = config.name
        self._places = places
        self._target = target
        # Open-source Kubeflow has no query for artifacts of earlier runs.
        self.has_resolver = target == "vertex"

    def has_perceptual(self) -> bool:
        """Tells that the image brings the network along, whatever is installed here."""
        return True

    def trainer(self, custom_config: dict[str, Any], **arguments: Any) -> Trainer:
        """Makes a Trainer that trains in its step, or in a Vertex AI custom job."""
        if not self._settings.training_machine:
            return super().trainer(custom_config, **arguments)
        # These bring Google's clients along, which take seconds.
        from tfx.extensions.google_cloud_ai_platform import constants
        from tfx.extensions.google_cloud_ai_platform.trainer import executor

        from pipeline.cloud import custom_job

        job = {
            executor.TRAINING_ARGS_KEY: self._custom_job(),
            constants.ENABLE_VERTEX_KEY: True,
            constants.VERTEX_REGION_KEY: self._settings.region,
        }
        return custom_job.Trainer(custom_config={**custom_config, **job}, **arguments)

    def pusher(self, model: Channel, blessing: Channel, serving: str) -> Pusher:
        """Makes a Pusher to a folder, or to a Vertex AI endpoint."""
        if not self._settings.endpoint.name:
            return super().pusher(model, blessing, serving)
        from pipeline.cloud.endpoint.pusher import ToEndpoint

        pusher = ToEndpoint(model, blessing, self._settings, self._name)
        return pusher.with_id("Pusher")

    def beam_args(self, engine: BeamSettings, root: str) -> list[str]:
        """Says how Beam runs, on Dataflow too, with workers of the steps' code."""
        settings = self._settings
        if engine.runner != "dataflow":
            return super().beam_args(engine, root)
        arguments = [
            "--runner=DataflowRunner",
            f"--project={settings.project}",
            f"--region={settings.region}",
            f"--temp_location={beam.temporary(engine, root)}",
            f"--sdk_container_image={self._places.worker}",
            "--sdk_location=container",  # Beam as it is in the image, not as it was published
            f"--worker_machine_type={settings.dataflow.machine_type}",
            f"--max_num_workers={settings.dataflow.max_workers}",
            f"--disk_size_gb={settings.dataflow.disk_gb}",
        ]
        if settings.service_account:
            arguments.append(f"--service_account_email={settings.service_account}")
        if settings.network:
            arguments.append(f"--network={settings.network.rpartition('/')[2]}")
        if settings.encryption_key:
            arguments.append(f"--dataflow_kms_key={settings.encryption_key}")
        return arguments + [f"--label={key}={value}" for key, value in settings.labels.items()]

    def limit(self, components: Sequence[BaseNode]) -> None:
        """Tells components what they may use, and the learning ones their accelerators."""
        for component in components:
            if isinstance(component, BaseComponent):
                component.with_platform_config(self.resources(component.id))

    def resources(self, component: str) -> Any:
        """What a component's step may use.

        Args:
            component: Its id.

        Returns:
            A ResourceSpec message.
        """
        limits = self._limits(component)
        specification = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec
        resources = specification.ResourceSpec(cpu_limit=limits.cpu, memory_limit=limits.memory_gb)
        if isinstance(limits, Machine) and (name := self.accelerator(component)):
            resources.accelerator.type = name
            resources.accelerator.count = limits.accelerators
        return resources

    def accelerator(self, component: str) -> str | None:
        """Names the accelerator that a component's own step asks for.

        Args:
            component: Its id.

        Returns:
            Its name on the target; None where there is to be none.
        """
        limits = self._limits(component)
        return limits.accelerator_on(self._target) if isinstance(limits, Machine) else None

    def _limits(self, component: str) -> Limits:
        if component == "Trainer" and self._settings.training_machine:
            return self._settings.steps  # which only waits for the job
        return self._settings.limits(component)

    def _custom_job(self) -> dict[str, Any]:
        settings, machine = self._settings, self._settings.trainer
        machine_spec: dict[str, Any] = {"machine_type": settings.training_machine}
        if machine.accelerator:
            machine_spec["accelerator_type"] = machine.accelerator
            machine_spec["accelerator_count"] = machine.accelerators
        chief = {
            "machine_spec": machine_spec,
            "replica_count": 1,
            "container_spec": {"image_uri": self._places.image},
        }
        pools = [chief]  # the first is the chief's, of one; Vertex AI tells each by TF_CONFIG
        if settings.training_workers > 1:
            pools.append({**chief, "replica_count": settings.training_workers - 1})
        scheduling: dict[str, Any] = {"timeout": f"{settings.training_hours * 3600:.0f}s"}
        if settings.training_spot:
            scheduling["strategy"] = "SPOT"
        if settings.training_spot or settings.training_workers > 1:
            # A machine that is taken away is no failure of the job: it goes on with another, and
            # those that trained with it begin again beside it.
            scheduling["restart_job_on_worker_restart"] = True
        specification: dict[str, Any] = {"worker_pool_specs": pools, "scheduling": scheduling}
        if settings.service_account:
            specification["service_account"] = settings.service_account
        if settings.network:
            specification["network"] = settings.network
        if settings.tensorboard:
            specification["tensorboard"] = settings.tensorboard
        job: dict[str, Any] = {"project": settings.project, "job_spec": specification}
        if settings.labels:
            job["labels"] = settings.labels
        if settings.encryption_key:
            job["encryption_spec"] = {"kms_key_name": settings.encryption_key}
        return job
