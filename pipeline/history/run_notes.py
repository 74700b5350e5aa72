"""Notes in the metadata store what TFX does not: a run's settings and data, a model's figures."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.compiler import constants
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.proto.orchestration import pipeline_pb2

from pipeline.history import runs
from settings.config import Config


class RecordingRunner(LocalDagRunner):
    """Runs a pipeline here and notes with the run what it was asked to do.

    The notes are the run's, not a component's, so the cache does not see them.
    """

    def __init__(self, config: Config, data: Sequence[str]):
        """Sets up the runner.

        Args:
            config: Every setting.
            data: Folders or archives.
        """
        super().__init__()
        self._notes = {
            runs.SETTINGS_NOTE: config.model_dump_json(),
            runs.DATA_NOTE: json.dumps([_printable(os.path.abspath(path)) for path in data]),
        }

    def run_with_ir(
        self,
        pipeline: pipeline_pb2.Pipeline,
        run_options: pipeline_pb2.RunOptions | None = None,
    ) -> None:
        """Runs a compiled pipeline.

        Args:
            pipeline: The pipeline.
            run_options: For a run of a part of it.
        """
        for node in pipeline.nodes:
            for context in node.pipeline_node.contexts.contexts:
                if context.type.name == constants.PIPELINE_RUN_CONTEXT_TYPE_NAME:
                    for key, note in self._notes.items():
                        context.properties[key].field_value.string_value = note
        super().run_with_ir(pipeline, run_options)


def _printable(path: str) -> str:
    """A name that is not UTF-8 could not be shown."""
    return os.fsencode(path).decode(errors="backslashreplace")


def note_figures(
    database: Path, evaluation: metadata_store_pb2.Artifact, figures: Mapping[str, float]
) -> None:
    """Notes the Evaluator's figures with its artifact, for whoever lists runs.

    Args:
        database: The metadata store's SQLite file.
        evaluation: The artifact.
        figures: By name; one that is no number is left out.
    """
    for name, value in figures.items():
        if math.isfinite(value):
            evaluation.custom_properties[name].double_value = value
    runs.open_store(database).put_artifacts([evaluation])
