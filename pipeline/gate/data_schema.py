"""The curated schema, with the bounds that ingestion has by the settings: one truth for both."""

import os
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from models import features
from settings.config import Config


def of_bytes() -> schema_pb2.Schema:
    """Tells statistics that images are bytes, of which no values are counted.

    Else TFDV counts every JPEG as if it were a word, and keeps the most frequent ones. What it
    guesses of images by itself, from 100 of them up, it would miss in the curated schema.

    Returns:
        A schema for `StatsOptions`.
    """
    schema = schema_pb2.Schema()
    image = schema.feature.add(name=features.IMAGE, type=schema_pb2.BYTES)
    image.image_domain.SetInParent()
    return schema


def read(config: Config, file: str | os.PathLike[str]) -> str:
    """Reads a schema, and bounds the sides of images where it does not.

    Args:
        config: Every setting; `data.min_side` and `data.max_side` are the bounds.
        file: A schema as a text-format protobuf.

    Returns:
        The schema as text.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no schema.
    """
    try:
        schema = text_format.Parse(Path(file).read_text(), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is no schema: {error}") from error
    for feature in schema.feature:
        if feature.name in (features.WIDTH, features.HEIGHT):
            bounds = schema_pb2.IntDomain(min=config.data.min_side, max=config.data.max_side)
            bounds.MergeFrom(feature.int_domain)
            feature.int_domain.CopyFrom(bounds)
    return text_format.MessageToString(schema)
