"""Training in a Vertex AI custom job, which finds the accelerator it asked for or fails.

Where a TensorBoard is named Vertex AI copies to it, as it grows, what is in the job's own folder of
logs, and wants to know in which folder that is.
"""

import json
from typing import Any

from tfx.components.trainer import executor as tfx_executor
from tfx.dsl.components.base import executor_spec
from tfx.extensions.google_cloud_ai_platform.trainer import component, executor
from tfx.types import Artifact, standard_component_specs

from pipeline.cloud.step import checks


class InJob(tfx_executor.GenericExecutor):
    """Trains, within the job."""

    def Do(  # noqa: N802 - TFX names it
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Looks for the accelerator and trains, on each machine of the job.

        Args:
            input_dict: As TFX gives them.
            output_dict: As TFX gives them.
            exec_properties: Among them what was asked for.

        Raises:
            CannotRun: If there is no accelerator where one was asked for.
        """
        told = exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY]
        custom = json.loads(told) if isinstance(told, str) else told
        pool, *_ = custom[executor.TRAINING_ARGS_KEY]["job_spec"]["worker_pool_specs"]
        if name := pool["machine_spec"].get("accelerator_type"):
            checks.check_accelerator(name)
        super().Do(input_dict, output_dict, exec_properties)


class Launcher(executor.GenericExecutor):
    """Starts the job and waits for it."""

    def Do(  # noqa: N802 - TFX names it
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Starts the job, whose folder of logs is within the artifact that is for them.

        Args:
            input_dict: As TFX gives them.
            output_dict: As TFX gives them; the artifact of logs among them.
            exec_properties: As TFX gives them; among them the job.
        """
        custom = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])
        job = custom[executor.TRAINING_ARGS_KEY]["job_spec"]
        if job.get("tensorboard"):
            (run,) = output_dict[standard_component_specs.MODEL_RUN_KEY]
            job["base_output_directory"] = {"output_uri_prefix": run.uri}
        told = {standard_component_specs.CUSTOM_CONFIG_KEY: json.dumps(custom)}
        super().Do(input_dict, output_dict, exec_properties | told)

    def _GetExecutorClass(self) -> type[tfx_executor.GenericExecutor]:  # noqa: N802 - TFX's
        return InJob


class Trainer(component.Trainer):
    """TFX's Trainer, whose step starts the job."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Launcher)
