"""Turns a pipeline into the file that Vertex AI or Kubeflow runs."""

import json
import os
from typing import Any

import yaml
from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
    KubeflowV2DagRunner,
    KubeflowV2DagRunnerConfig,
)
from tfx.orchestration.pipeline import Pipeline

from components.image_example_gen import vertex_hook
from pipeline.cloud.placement import Cloud
from pipeline.pipeline import Paths, create_pipeline
from settings.cloud import Places, Target
from settings.config import Config

_KUBEFLOW_COMMAND = ["python", "-m", "pipeline.cloud.kubeflow_step"]
_INGEST = "ImageExampleGen"
_DRIVER = {
    "command": ["python", "-m", vertex_hook.__name__],
    "args": ["--json_serialized_invocation_args", "{{$}}"],
}


class Runner(KubeflowV2DagRunner):
    """TFX's runner, which only compiles, and what it leaves out.

    The `tfx` command finds it, for it calls the runner's own `run`, and says where the file goes.
    """

    def __init__(self, config: Config, places: Places, target: Target, output: str):
        """Sets up the runner.

        Args:
            config: Every setting.
            places: Where to read and write, and the image.
            target: `vertex` or `kubeflow`.
            output: The file, for whoever does not say otherwise.
        """
        settings = KubeflowV2DagRunnerConfig(
            default_image=places.image,
            default_commands=_KUBEFLOW_COMMAND if target == "kubeflow" else None,
            # The older form drops what ImageExampleGen's driver finds out.
            use_pipeline_spec_2_1=True,
        )
        folder, name = os.path.split(os.path.abspath(output))
        super().__init__(settings, folder, name)
        self.placement = Cloud(config.cloud, places.image, target)
        self._root = places.root
        self._target = target

    @property
    def output(self) -> str:
        """The file that is written."""
        return os.path.join(self._output_dir, self._output_filename)

    def run(self, pipeline: Pipeline, **_: Any) -> dict[str, Any]:
        """Compiles a pipeline and writes the file: YAML if it is called so, JSON otherwise.

        Args:
            pipeline: What `create_pipeline` gives with this runner's placement.

        Returns:
            The PipelineJob.
        """
        job = super().run(pipeline, write_out=False)
        self._complete(job["pipelineSpec"])
        os.makedirs(self._output_dir, exist_ok=True)
        with open(self.output, "w") as file:
            if self.output.endswith((".yaml", ".yml")):
                yaml.safe_dump(job["pipelineSpec"], file)
            else:
                json.dump(job, file, sort_keys=True, indent=1)
        return job

    def _complete(self, specification: dict[str, Any]) -> None:
        if self._target == "kubeflow":
            specification["defaultPipelineRoot"] = self._root
            # Nothing there runs the driver that tells whether files have changed.
            del specification["root"]["dag"]["tasks"][_INGEST]["cachingOptions"]
        else:
            container = specification["deploymentSpec"]["executors"][f"{_INGEST}_executor"]
            container["container"]["lifecycle"] = {"preCacheCheck": _DRIVER}


def compile_pipeline(
    config: Config, places: Places, target: Target, output: str
) -> tuple[str, dict[str, Any]]:
    """Compiles the pipeline that the settings describe; needs no cloud.

    Args:
        config: Every setting.
        places: Where to read and write, and the image.
        target: `vertex` or `kubeflow`.
        output: A file; YAML by its name, or else JSON.

    Returns:
        The file written and the PipelineJob.
    """
    runner = Runner(config, places, target, output)
    paths = Paths(places.data, places.root, places.serving)
    job = runner.run(create_pipeline(config, paths, placement=runner.placement))
    return runner.output, job
