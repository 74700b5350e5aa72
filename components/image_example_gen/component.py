"""ImageExampleGen: the pipeline's front door."""

import json
import os
from collections.abc import Sequence
from typing import ClassVar

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import Channel, standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from components.image_example_gen import driver, executor
from components.image_example_gen.discovery.remote import is_remote
from components.image_example_gen.options import Options


class ImageExampleGenSpec(ComponentSpec):
    """What the component takes and gives."""

    PARAMETERS: ClassVar = {
        driver.DATA: ExecutionParameter(type=str),  # JSON
        driver.OPTIONS: ExecutionParameter(type=str),  # JSON
    }
    INPUTS: ClassVar[dict[str, ChannelParameter]] = {}
    OUTPUTS: ClassVar = {executor.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples)}


class ImageExampleGen(base_beam_component.BaseBeamComponent):
    """Ingests photographs from folders and archives as tf.Examples of JPEG bytes.

    Beside the splits, its `examples` artifact holds lists of the rejected and of the ignored files
    (`rejects.csv`, `ignored.csv`) and the counts (`summary.json`).
    """

    SPEC_CLASS = ImageExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(executor.Executor)
    DRIVER_CLASS = driver.Driver

    def __init__(self, data: Sequence[str], options: Options):
        """Sets up the component.

        Args:
            data: Folders, archives or photographs, local or remote (`gs://...`).
            options: Limits on images and the like.
        """
        sources = [path if is_remote(path) else os.path.abspath(path) for path in data]
        spec = ImageExampleGenSpec(
            **{
                driver.DATA: json.dumps(sources),
                driver.OPTIONS: options.pack(),
                executor.EXAMPLES: Channel(type=standard_artifacts.Examples),
            }
        )
        super().__init__(spec=spec)
