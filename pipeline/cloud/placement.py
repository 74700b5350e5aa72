"""Which components a pipeline is made of, and what they may use: on Vertex AI and Kubeflow."""

from collections.abc import Sequence
from typing import Any

from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.components import Pusher, Trainer
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_node import BaseNode
from tfx.types import Channel

from pipeline.placement import Here
from settings.cloud import CloudSettings, Limits, Machine, Target


class Cloud(Here):
    """As steps in containers, on Vertex AI or Kubeflow."""

    def __init__(self, settings: CloudSettings, image: str, target: Target):
        """Sets up the placement.

        Args:
            settings: Project, region, machines and so on.
            image: What the steps run in.
            target: `vertex` or `kubeflow`.
        """
        self._settings = settings
        self._image = image
        self._target = target
        # Open-source Kubeflow has no query for artifacts of earlier runs.
        self.has_resolver = target == "vertex"

    def trainer(self, custom_config: dict[str, Any], **arguments: Any) -> Trainer:
        """Makes a Trainer that trains in its step, or in a Vertex AI custom job."""
        if not self._settings.training_machine:
            return super().trainer(custom_config, **arguments)
        # These bring Google's clients along, which take seconds.
        from tfx.extensions.google_cloud_ai_platform import constants
        from tfx.extensions.google_cloud_ai_platform.trainer import component, executor

        job = {
            executor.TRAINING_ARGS_KEY: self._custom_job(),
            constants.ENABLE_VERTEX_KEY: True,
            constants.VERTEX_REGION_KEY: self._settings.region,
        }
        return component.Trainer(custom_config={**custom_config, **job}, **arguments)

    def pusher(self, model: Channel, blessing: Channel, serving: str) -> Pusher:
        """Makes a Pusher to a folder, or to a Vertex AI endpoint."""
        settings = self._settings
        if not settings.endpoint:
            return super().pusher(model, blessing, serving)
        from tfx.extensions.google_cloud_ai_platform import constants
        from tfx.extensions.google_cloud_ai_platform.pusher.component import Pusher as ToEndpoint

        return ToEndpoint(
            model=model,
            model_blessing=blessing,
            custom_config={
                constants.ENABLE_VERTEX_KEY: True,
                constants.VERTEX_REGION_KEY: settings.region,
                constants.VERTEX_CONTAINER_IMAGE_URI_KEY: settings.endpoint_image,
                constants.SERVING_ARGS_KEY: {
                    "project_id": settings.project,
                    "endpoint_name": settings.endpoint,
                    "machine_type": settings.endpoint_machine,
                },
            },
        )

    def beam_args(self, root: str) -> list[str]:
        """Says how Beam runs: within its step, or on Dataflow with the steps' own image."""
        settings = self._settings
        if not settings.dataflow.enabled:
            return super().beam_args(root)
        arguments = [
            "--runner=DataflowRunner",
            f"--project={settings.project}",
            f"--region={settings.region}",
            f"--temp_location={root}/dataflow",
            f"--sdk_container_image={self._image}",
            "--sdk_location=container",  # Beam as it is in the image, not as it was published
            f"--worker_machine_type={settings.dataflow.machine_type}",
            f"--max_num_workers={settings.dataflow.max_workers}",
            f"--disk_size_gb={settings.dataflow.disk_gb}",
        ]
        if settings.service_account:
            arguments.append(f"--service_account_email={settings.service_account}")
        return arguments

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
        limits = self._settings.limits(component)
        if component == "Trainer" and self._settings.training_machine:
            limits = self._settings.steps  # which only waits for the job
        specification = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec
        resources = specification.ResourceSpec(cpu_limit=limits.cpu, memory_limit=limits.memory_gb)
        if name := _accelerator(limits, self._target):
            assert isinstance(limits, Machine)
            resources.accelerator.type = name
            resources.accelerator.count = limits.accelerators
        return resources

    def _custom_job(self) -> dict[str, Any]:
        settings, machine = self._settings, self._settings.trainer
        machine_spec: dict[str, Any] = {"machine_type": settings.training_machine}
        if machine.accelerator:
            machine_spec["accelerator_type"] = machine.accelerator
            machine_spec["accelerator_count"] = machine.accelerators
        pool = {
            "machine_spec": machine_spec,
            "replica_count": 1,
            "container_spec": {"image_uri": self._image},
        }
        specification: dict[str, Any] = {
            "worker_pool_specs": [pool],
            "scheduling": {"timeout": f"{settings.training_hours * 3600:.0f}s"},
        }
        if settings.service_account:
            specification["service_account"] = settings.service_account
        return {"project": settings.project, "job_spec": specification}


def _accelerator(limits: Limits, target: Target) -> str | None:
    return limits.accelerator_on(target) if isinstance(limits, Machine) else None
