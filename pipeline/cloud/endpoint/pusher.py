"""A Pusher whose blessed models go to a Vertex AI endpoint."""

import json
from typing import Any

from tfx.components import Pusher
from tfx.components.pusher import executor
from tfx.dsl.components.base import executor_spec
from tfx.types import Artifact, Channel, artifact_utils, standard_component_specs
from tfx.utils import io_utils

from pipeline.cloud.endpoint import deploying
from settings.cloud import CloudSettings

_CLOUD, _NAME = "cloud", "name"


class Executor(executor.Executor):
    """Copies the model to its artifact and deploys that."""

    def Do(  # noqa: N802 - TFX names it
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Deploys a model that is blessed.

        Args:
            input_dict: As TFX gives them.
            output_dict: As TFX gives them.
            exec_properties: Among them the settings.
        """
        pushed = artifact_utils.get_single_instance(
            output_dict[standard_component_specs.PUSHED_MODEL_KEY]
        )
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        told = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])
        io_utils.copy_dir(self.GetModelPath(input_dict), pushed.uri)
        cloud = CloudSettings.model_validate(told[_CLOUD])
        where = deploying.deploy(cloud, told[_NAME], pushed.uri)
        self._MarkPushed(pushed, pushed_destination=where, pushed_version=where.rpartition("@")[2])


class ToEndpoint(Pusher):
    """TFX's Pusher, to an endpoint."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, model: Channel, blessing: Channel, cloud: CloudSettings, name: str):
        """Makes the component.

        Args:
            model: What to push.
            blessing: Whether to.
            cloud: Project, region and endpoint.
            name: Of the registered model.
        """
        needed = {"project", "region", "endpoint", "labels", "encryption_key", "service_account"}
        told = {_CLOUD: cloud.model_dump(mode="json", include=needed), _NAME: name}
        super().__init__(model=model, model_blessing=blessing, custom_config=told)
