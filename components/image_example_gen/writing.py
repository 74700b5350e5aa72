"""The Beam pipeline behind ImageExampleGen: shards of files in, shards of tf.Examples out."""

import collections
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import apache_beam as beam
import tensorflow as tf
from tfx.dsl.io import fileio

from components.image_example_gen import images, reading
from components.image_example_gen.dealing import shards
from components.image_example_gen.discovery.entries import Entry, Member, printable
from components.image_example_gen.progress import PROGRESS
from models import features

METRICS_NAMESPACE = "image_example_gen"


class Report(NamedTuple):
    """What became of the entries of a shard."""

    split: str
    number: int
    images: int
    rejects: list[tuple[str, str, str]]  # path, reason, detail


class Planned:
    """A folder of shards to be written: each in a file, as a pipeline's own text must be short."""

    def __init__(self, folder: str):
        """Makes the folder.

        Args:
            folder: A local path or URI that the workers can read, too.
        """
        self.folder = folder
        fileio.makedirs(folder)

    def add(self, shard: shards.Shard) -> str:
        """Keeps a shard for a worker and gives its place."""
        path = os.path.join(self.folder, f"{shard.split}-{shard.number:05d}.json")
        with fileio.open(path, "w") as file:
            file.write(json.dumps(shard))
        return path

    def remove(self) -> None:
        """Removes the folder."""
        fileio.rmtree(self.folder)


class WriteShard(beam.DoFn):
    """Reads, checks and writes the images of one shard, streaming."""

    def __init__(self, split_uris: Mapping[str, str], limits: images.Limits):
        self._split_uris = split_uris
        self._limits = limits

    def process(self, planned: str) -> Iterator[Report]:
        """Writes one file and reports on it; one that is there is written over."""
        shard = _load(planned)
        rejects: list[tuple[str, str, str]] = []
        path = _partial(self._split_uris[shard.split], shard.number)
        with tf.io.TFRecordWriter(path) as writer:
            for entry, data in reading.read(shard.entries, self._limits.max_bytes):
                try:
                    if isinstance(data, images.Rejected):
                        raise data
                    example = _example(entry, images.normalise(data, self._limits))
                except images.Rejected as rejected:
                    rejects.append((entry.path, rejected.reason, str(rejected)))
                    _count(f"rejected_{rejected.reason}")
                    PROGRESS.add(rejected=True)
                else:
                    writer.write(example.SerializeToString(deterministic=True))
                    _count(f"accepted_{shard.split}")
                    PROGRESS.add(rejected=False)
        yield Report(shard.split, shard.number, len(shard.entries) - len(rejects), rejects)


def finish(reports: Sequence[Report], split_uris: Mapping[str, str], examples_uri: str) -> None:
    """Gives the shards the names that TFX expects, and notes how many examples each holds.

    Args:
        reports: Of all shards.
        split_uris: Where each split is.
        examples_uri: Where they are all.
    """
    totals = collections.Counter(report.split for report in reports)
    noted = {}
    for report in sorted(reports):
        folder = split_uris[report.split]
        name = f"data_tfrecord-{report.number:05d}-of-{totals[report.split]:05d}"
        fileio.rename(_partial(folder, report.number), os.path.join(folder, name), overwrite=True)
        noted[f"{os.path.basename(folder)}/{name}"] = report.images
    with fileio.open(os.path.join(examples_uri, features.SHARDS_FILE), "w") as file:
        file.write(json.dumps(noted))


def write(
    pipeline: beam.Pipeline,
    planned: Sequence[str],
    split_uris: Mapping[str, str],
    limits: images.Limits,
    reports: str,
) -> None:
    """Writes shards.

    Args:
        pipeline: What to run in.
        planned: The shards' places.
        split_uris: Where each split goes.
        limits: What images may be.
        reports: A file for the reports, as JSON.
    """
    _ = (
        pipeline
        | "Shards" >> beam.Create(list(planned))
        | "Spread" >> beam.Reshuffle()
        | "WriteShards" >> beam.ParDo(WriteShard(split_uris, limits))
        | "Gather" >> beam.combiners.ToList()
        | "Report" >> beam.Map(_save, reports)
    )


def load_reports(path: str) -> list[Report]:
    """Reads the reports that `write` saved, in order."""
    with fileio.open(path, "r") as file:
        return [Report(*report) for report in json.loads(file.read())]


def _partial(folder: str, number: int) -> str:
    """Where a shard is written until it is known how many there are."""
    return os.path.join(folder, f"{number:05d}.partial")


def _save(reports: list[Report], path: str) -> None:
    with fileio.open(path, "w") as file:
        file.write(json.dumps(sorted(reports)))


def _load(path: str) -> shards.Shard:
    with fileio.open(path, "r") as file:
        split, number, entries = json.loads(file.read())
    found = [Entry(*values) for values in entries]
    return shards.Shard(
        split, number, [e._replace(member=e.member and Member(*e.member)) for e in found]
    )


def _example(entry: Entry, photograph: images.Photograph) -> tf.train.Example:
    def text(value: str | bytes) -> tf.train.Feature:
        data = value if isinstance(value, bytes) else printable(value).encode()
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


def _count(name: str) -> None:
    beam.metrics.Metrics.counter(METRICS_NAMESPACE, name).inc()
