"""CuratedSchema: the schema that a person wrote, as an artifact.

Its text travels within the pipeline: a step in a container cannot read the file that the pipeline
was compiled from, and the cache sees every change.
"""

import os

from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import io_utils

SCHEMA_FILE = "schema.pbtxt"


@component
def CuratedSchema(  # noqa: N802 - a TFX component is named as a class
    schema: OutputArtifact[standard_artifacts.Schema], text: Parameter[str]
) -> None:
    """Writes the schema's text, a text-format protobuf."""
    io_utils.write_string_file(os.path.join(schema.uri, SCHEMA_FILE), text)
