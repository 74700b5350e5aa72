"""The Beam pipeline behind ImageExampleGen: plan shards, normalise images, write in order."""

import csv
import io
import json
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import tensorflow as tf
from google.protobuf import json_format, struct_pb2
from tfx.components.example_gen import utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import proto_utils

from components.image_example_gen import images, reading, shards, sources
from models import features

REJECTS_FILE = "rejects.csv"  # beside the splits: path, reason, detail
SUMMARY_FILE = "summary.json"  # beside the splits: {"images": {split: n}, "rejected": {...}}
METRICS_NAMESPACE = "image_example_gen"
_log = logging.getLogger(__name__)
_GZIP = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)  # JPEG is dense


class Options(NamedTuple):
    """What the component hands its executor beside the stock properties."""

    working_size: int
    min_side: int
    max_pixels: int
    max_bytes: int
    shard_images: int
    limits: Mapping[str, int | None]
    code: str  # a hash of the source, so that the cache sees its changes

    def pack(self) -> example_gen_pb2.CustomConfig:
        """Packs the options as the stock component takes them."""
        config = example_gen_pb2.CustomConfig()
        config.custom_config.Pack(json_format.ParseDict(self._asdict(), struct_pb2.Struct()))
        return config

    @classmethod
    def unpack(cls, serialized: str) -> "Options":
        """Reads what `pack` wrote, from its JSON form."""
        config, values = example_gen_pb2.CustomConfig(), struct_pb2.Struct()
        proto_utils.json_to_proto(serialized, config)
        config.custom_config.Unpack(values)
        given = json_format.MessageToDict(values)  # all numbers are floats in a Struct
        integers = {k: int(v) for k, v in given.items() if k not in ("limits", "code")}
        limits = {k: None if v is None else int(v) for k, v in given["limits"].items()}
        return cls(**integers, limits=limits, code=given["code"])


class ShardReport(NamedTuple):
    """What became of the entries of a shard."""

    split: str
    number: int
    images: int
    rejects: list[tuple[str, str, str]]  # path, reason, detail


class WriteShard(beam.DoFn):
    """Reads, checks and writes the images of one shard, streaming."""

    def __init__(self, split_uris: Mapping[str, str], options: Options):
        self._split_uris = split_uris
        self._options = options

    def process(self, shard: shards.Shard) -> Iterator[ShardReport]:
        """Writes one file and reports on it."""
        options = self._options
        limits = images.Limits(
            options.working_size, options.min_side, options.max_pixels, options.max_bytes
        )
        name = f"data_tfrecord-{shard.number:05d}-of-{shard.total:05d}.gz"
        final = os.path.join(self._split_uris[shard.split], name)
        partial = final + ".partial"
        rejects, count = [], 0
        # Written aside and renamed: a retried bundle leaves no half a shard.
        with tf.io.TFRecordWriter(partial, _GZIP) as writer:
            for entry, data in reading.read(shard.entries, options.max_bytes):
                try:
                    if isinstance(data, Exception):
                        raise images.Rejected("unreadable", str(data))
                    photograph = images.normalise(data, limits)
                except images.Rejected as rejected:
                    rejects.append((entry.path, rejected.reason, str(rejected)))
                    _count(f"rejected_{rejected.reason}")
                    continue
                writer.write(_example(entry, photograph).SerializeToString(deterministic=True))
                count += 1
                _count(f"accepted_{shard.split}")
        fileio.rename(partial, final, overwrite=True)
        yield ShardReport(shard.split, shard.number, count, rejects)


class Executor(base_beam_executor.BaseBeamExecutor):
    """Turns the photographs that match the input patterns into tf.Examples."""

    def Do(
        self,
        input_dict: dict[str, list],
        output_dict: dict[str, list],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the splits, the rejects file and the summary.

        Raises:
            ValueError: If a split is left without a usable image.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        input_config, output_config = example_gen_pb2.Input(), example_gen_pb2.Output()
        for key, config in (
            (standard_component_specs.INPUT_CONFIG_KEY, input_config),
            (standard_component_specs.OUTPUT_CONFIG_KEY, output_config),
        ):
            proto_utils.json_to_proto(exec_properties[key], config)
        options = Options.unpack(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])
        base = exec_properties[standard_component_specs.INPUT_BASE_KEY]
        patterns = [os.path.join(base, split.pattern) for split in input_config.splits]
        splits = output_config.split_config.splits
        selection = shards.Selection(
            {split.name: split.hash_buckets for split in splits},
            options.limits,
            options.shard_images,
        )

        examples = artifact_utils.get_single_instance(
            output_dict[standard_component_specs.EXAMPLES_KEY]
        )
        examples.split_names = artifact_utils.encode_split_names([s.name for s in splits])
        examples.set_string_custom_property(utils.PAYLOAD_FORMAT_PROPERTY_NAME, "FORMAT_TF_EXAMPLE")
        examples.set_string_custom_property(utils.FILE_FORMAT_PROPERTY_NAME, "tfrecords_gzip")
        split_uris = {
            split.name: artifact_utils.get_split_uri([examples], split.name) for split in splits
        }
        for uri in split_uris.values():
            fileio.makedirs(uri)
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | "Patterns" >> beam.Create([patterns])
                | "Plan" >> beam.FlatMap(_plan, selection)
                | "Spread" >> beam.Reshuffle()
                | "WriteShards" >> beam.ParDo(WriteShard(split_uris, options))
                | "Gather" >> beam.combiners.ToList()
                | "Report" >> beam.Map(_report, examples.uri, list(split_uris))
            )
        summary = read_summary(examples.uri)
        examples.set_string_custom_property(features.SUMMARY_PROPERTY, json.dumps(summary))
        _check(summary, _describe(patterns), examples.uri)


def read_summary(examples_uri: str) -> dict[str, dict[str, int]]:
    """Reads how many images an Examples artifact holds and how many were rejected.

    Args:
        examples_uri: Where the artifact lies.

    Returns:
        `{"images": {split: n}, "rejected": {reason: n}}`.
    """
    with fileio.open(os.path.join(examples_uri, SUMMARY_FILE), "r") as file:
        return json.loads(file.read())


def _plan(patterns: Sequence[str], selection: shards.Selection) -> list[shards.Shard]:
    return shards.plan(sources.find(patterns), selection)


def _example(entry: sources.Entry, photograph: images.Photograph) -> tf.train.Example:
    def text(value: str | bytes) -> tf.train.Feature:
        data = value if isinstance(value, bytes) else value.encode(errors="replace")
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[data]))

    def integer(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    return tf.train.Example(
        features=tf.train.Features(
            feature={
                features.IMAGE: text(photograph.jpeg),
                features.WIDTH: integer(photograph.width),
                features.HEIGHT: integer(photograph.height),
                features.PATH: text(entry.path),
                features.CATEGORY: text(entry.category),
            }
        )
    )


def _report(reports: Iterable[ShardReport], uri: str, splits: list[str]) -> None:
    ordered = sorted(reports, key=lambda report: (report.split, report.number))
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(("path", "reason", "detail"))
    writer.writerows(reject for report in ordered for reject in report.rejects)
    found: Counter[str] = Counter()
    for report in ordered:
        found[report.split] += report.images
    reasons = Counter(reason for report in ordered for _, reason, _ in report.rejects)
    summary = {"images": {split: found[split] for split in splits}, "rejected": dict(reasons)}
    for name, text in ((REJECTS_FILE, rows.getvalue()), (SUMMARY_FILE, json.dumps(summary))):
        with fileio.open(os.path.join(uri, name), "wb") as file:
            file.write(text.encode(errors="replace"))  # a name may be in no known encoding


def _check(summary: dict[str, dict[str, int]], where: str, uri: str) -> None:
    images_found, rejected = summary["images"], summary["rejected"]
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(rejected.items()))
    counts = ", ".join(f"{count} {split}" for split, count in images_found.items())
    _log.info(
        "%d images (%s), %d rejected%s",
        sum(images_found.values()),
        counts,
        sum(rejected.values()),
        f" ({reasons}), listed in {os.path.join(uri, REJECTS_FILE)}" if rejected else "",
    )
    if not sum(images_found.values()):
        tried = (
            f"all {sum(rejected.values())} were rejected ({reasons})"
            if rejected
            else (f"no file ends in {', '.join(sorted(sources.IMAGE_SUFFIXES))} or .tar")
        )
        raise ValueError(f"no usable image in {where}: {tried}")
    if not all(images_found.values()):
        raise ValueError(
            f"too few images in {where} to fill every split ({counts}): give more, or lay them "
            "out in train/ and val/"
        )


def _describe(patterns: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(sources.root_of(pattern) for pattern in patterns))


def _count(name: str) -> None:
    beam.metrics.Metrics.counter(METRICS_NAMESPACE, name).inc()
