"""Stops the pipeline where the data does not meet the curated schema.

ExampleValidator only records anomalies; this raises and names them.
"""

import os

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.image_example_gen import accounting

_REJECTED_SHARE_TAG = "max_rejected_share="


class InvalidDataError(ValueError):
    """Data that does not meet the schema."""


@component
def ValidationGate(  # noqa: N802 - a TFX component is named as a class
    examples: InputArtifact[standard_artifacts.Examples],
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    schema: InputArtifact[standard_artifacts.Schema],
) -> None:
    """Raises InvalidDataError, naming every anomaly of every split and too many rejects."""
    found = list_anomalies(anomalies) + list_rejects(examples.uri, _read_schema(schema.uri))
    if found:
        raise InvalidDataError(
            "the data does not meet the schema:\n" + "\n".join(f"  - {line}" for line in found)
        )


def list_anomalies(artifact: standard_artifacts.ExampleAnomalies) -> list[str]:
    """Reads what ExampleValidator found.

    Args:
        artifact: Its output.

    Returns:
        A line for each anomaly, naming split and feature.
    """
    lines = []
    for split in artifact_utils.decode_split_names(artifact.split_names):
        proto = anomalies_pb2.Anomalies()
        folder = artifact_utils.get_split_uri([artifact], split)
        for file in fileio.listdir(folder):
            proto.ParseFromString(io_utils.read_bytes_file(os.path.join(folder, file)))
        if proto.HasField("dataset_anomaly_info"):
            info = proto.dataset_anomaly_info
            lines += [f"{split}: {reason.description}" for reason in info.reason]
        lines += [
            f"{split}: feature {name}: {info.description}"
            for name, info in sorted(proto.anomaly_info.items())
        ]
    return lines


def list_rejects(examples_uri: str, schema: schema_pb2.Schema) -> list[str]:
    """Compares the share of rejected files with what the schema allows.

    Args:
        examples_uri: Where ImageExampleGen's output lies.
        schema: The curated schema, with an annotation such as `max_rejected_share=0.5`.

    Returns:
        A line if there are too many, or none.
    """
    allowed = [
        float(tag.removeprefix(_REJECTED_SHARE_TAG))
        for tag in schema.annotation.tag
        if tag.startswith(_REJECTED_SHARE_TAG)
    ]
    summary = accounting.read_summary(examples_uri)
    rejected = sum(summary["rejected"].values())
    total = rejected + sum(summary["images"].values())
    if not allowed or rejected <= allowed[0] * total:
        return []
    reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(summary["rejected"].items()))
    return [
        f"{rejected} of {total} image files were rejected ({reasons}), more than a share of "
        f"{allowed[0]:g}; see {os.path.join(examples_uri, accounting.REJECTS_FILE)}"
    ]


def _read_schema(uri: str) -> schema_pb2.Schema:
    text = io_utils.read_string_file(io_utils.get_only_uri_in_dir(uri))
    return text_format.Parse(text, schema_pb2.Schema())
