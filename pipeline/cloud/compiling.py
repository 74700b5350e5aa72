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
from pipeline.cloud import completing, exit_handler, kubernetes
from pipeline.cloud.placement import Cloud
from pipeline.pipeline import Paths, create_pipeline
from settings.cloud import Target
from settings.config import Config
from settings.places import Places

_COMMAND = ["python", "-m", "pipeline.cloud.step"]
_HOOK = ["python", "-m", vertex_hook.__name__]


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
            default_commands=_COMMAND,
            # The older form drops what ImageExampleGen's driver finds out.
            use_pipeline_spec_2_1=True,
        )
        folder, name = os.path.split(os.path.abspath(output))
        super().__init__(settings, folder, name)
        self.placement = Cloud(config, places, target)
        self._root = config.cloud.kubernetes.store or places.root  # as Kubeflow has it
        self._places = places
        self._cloud = config.cloud
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
        job.setdefault("labels", {}).update(self._cloud.labels)
        if self._target == "kubeflow":
            job["runtimeConfig"]["gcsOutputDirectory"] = self._root
        self._complete(job["pipelineSpec"], pipeline)
        platform = kubernetes.platform(self._cloud.kubernetes, job["pipelineSpec"])
        os.makedirs(self._output_dir, exist_ok=True)
        with open(self.output, "w") as file:
            if self.output.endswith((".yaml", ".yml")):
                yaml.safe_dump_all([job["pipelineSpec"], *([platform] if platform else [])], file)
            else:
                json.dump(job, file, sort_keys=True, indent=1)
        return job

    def _complete(self, specification: dict[str, Any], pipeline: Pipeline) -> None:
        graph = specification["root"]["dag"]
        graph["tasks"] = completing.order(graph["tasks"], pipeline.components)
        completing.add_parameters(specification)
        completing.add_metrics(specification)
        completing.add_retries(graph["tasks"], self._cloud.retries)
        completing.add_checks(specification, self.placement, self._target)
        if self._target == "kubeflow":
            specification["defaultPipelineRoot"] = self._root
            if self._cloud.kubernetes.holds(self._places.root):
                completing.add_volume(specification, self._places.root)
            completing.never_cache_ingestion(specification)
        else:
            completing.add_hook(specification, _HOOK)
        if self._cloud.webhook:
            exit_handler.add(specification, self._cloud.webhook, self._places.image)
            last = specification["root"]["dag"]["tasks"][exit_handler.NOTIFY]
            completing.add_retries({exit_handler.NOTIFY: last}, self._cloud.retries)


def compile_pipeline(
    config: Config, places: Places, target: Target, output: str, cache: bool = True
) -> tuple[str, dict[str, Any]]:
    """Compiles the pipeline that the settings describe; needs no cloud.

    Args:
        config: Every setting.
        places: Where to read and write, and the image.
        target: `vertex` or `kubeflow`.
        output: A file; YAML by its name, or else JSON.
        cache: Whether a step that ran before with the same inputs need not run again.

    Returns:
        The file written and the PipelineJob, its tasks in the order in which data flows.

    Raises:
        OSError: If the file cannot be written.
    """
    runner = Runner(config, places, target, output)
    paths = Paths(places.data, places.root, places.serving)
    pipeline = create_pipeline(config, paths, enable_cache=cache, placement=runner.placement)
    job = runner.run(pipeline)
    return runner.output, job
