"""The Beam pipeline behind ImageExampleGen: shards of files in, shards of tf.Examples out."""

import collections
import json
import os
from collections.abc import Iterator, Mapping, Sequence

import apache_beam as beam
import numpy as np
import tensorflow as tf
from tfx.dsl.io import fileio

from components.image_example_gen import duplicates, images, leaks, reading
from components.image_example_gen.dealing import shards
from components.image_example_gen.discovery.entries import Entry, Member, printable
from components.image_example_gen.finished import Finished, Report
from components.image_example_gen.progress import PROGRESS
from models import features
from models.images.digests import Digest

METRICS_NAMESPACE = "image_example_gen"
_PLAN = ".json"


class Planned:
    """A folder of shards to be written: each in a file, as a pipeline's own text must be short."""

    def __init__(self, folder: str):
        """Makes the folder.

        Args:
            folder: A local path or URI that the workers can read, too.
        """
        self.folder = folder
        fileio.makedirs(folder)

    def add(self, key: str, shard: shards.Shard) -> str:
        """Keeps a shard for a worker, under what it is made of, and gives its place."""
        path = os.path.join(self.folder, f"{key}{_PLAN}")
        with fileio.open(path, "w") as file:
            file.write(json.dumps(shard))
        return path

    def remove(self) -> None:
        """Removes the folder."""
        fileio.rmtree(self.folder)


class WriteShard(beam.DoFn):
    """Reads, checks and writes the images of one shard, streaming, if it is not there already."""

    def __init__(self, folder: str, limits: images.Limits):
        self._finished = Finished(folder)
        self._limits = limits

    def process(self, planned: str) -> Iterator[Report]:
        """Writes one file and reports on it."""
        key = os.path.basename(planned).removesuffix(_PLAN)
        shard = _load(planned)
        report = self._finished.find(key, shard)
        if report:
            PROGRESS.add(len(shard.entries), len(report.rejects))
        else:
            report = self._finished.write(lambda path: self._write(path, key, shard))
        _count(f"accepted_{shard.split}", report.images)
        for reason, number in collections.Counter(row[1] for row in report.rejects).items():
            _count(f"rejected_{reason}", number)
        yield report

    def _write(self, path: str, key: str, shard: shards.Shard) -> tuple[Report, np.ndarray]:
        rejects: list[tuple[str, str, str]] = []
        thumbnails: list[np.ndarray] = []
        digest = Digest()
        with tf.io.TFRecordWriter(path) as writer:
            for entry, data in reading.read(shard.entries, self._limits.max_bytes):
                try:
                    if isinstance(data, images.Rejected):
                        raise data
                    photograph, thumbnail = images.examine(data, self._limits)
                except images.Rejected as rejected:
                    rejects.append((entry.path, rejected.reason, str(rejected)))
                    PROGRESS.add(1, 1)
                else:
                    record = _example(entry, photograph)
                    writer.write(record)
                    digest.add(record)
                    thumbnails.append(thumbnail)
                    PROGRESS.add(1, 0)
        images_written, digits = len(thumbnails), digest.digits()
        report = Report(shard.split, shard.number, images_written, rejects, key, digits)
        found = np.reshape(thumbnails, (-1, duplicates.SIDE, duplicates.SIDE, 3))
        return report, duplicates.signatures(found)


def finish(
    reports: Sequence[Report],
    left_out: Mapping[str, Sequence[int]],
    split_uris: Mapping[str, str],
    examples_uri: str,
    finished: Finished,
) -> None:
    """Gives the shards the names that TFX expects, and notes what each holds.

    Args:
        reports: Of all shards.
        left_out: Numbers of records that are left out of shards, by their keys.
        split_uris: Where each split is.
        examples_uri: Where they are all.
        finished: Where the shards are kept; there, all others are removed.
    """
    totals = collections.Counter(report.split for report in reports)
    counts, digests = {}, {}
    for report in sorted(reports):
        folder = split_uris[report.split]
        name = f"data_tfrecord-{report.number:05d}-of-{totals[report.split]:05d}"
        path, without = os.path.join(folder, name), left_out.get(report.key, ())
        noted = f"{os.path.basename(folder)}/{name}"
        counts[noted], digests[noted] = report.images - len(without), report.digest
        if without:
            digests[noted] = leaks.copy_without(finished.path(report.key), path, without)
        else:
            finished.give(report.key, path)
    for file_name, notes in ((features.SHARDS_FILE, counts), (features.DIGESTS_FILE, digests)):
        with fileio.open(os.path.join(examples_uri, file_name), "w") as file:
            file.write(json.dumps(notes))
    finished.keep_only(report.key for report in reports)


def write(
    pipeline: beam.Pipeline,
    planned: Sequence[str],
    finished: str,
    limits: images.Limits,
    reports: str,
) -> None:
    """Writes shards.

    Args:
        pipeline: What to run in.
        planned: The shards' places.
        finished: The folder that keeps finished shards.
        limits: What images may be.
        reports: A file for the reports, as JSON.
    """
    _ = (
        pipeline
        | "Shards" >> beam.Create(list(planned))
        | "Spread" >> beam.Reshuffle()
        | "WriteShards" >> beam.ParDo(WriteShard(finished, limits))
        | "Gather" >> beam.combiners.ToList()
        | "Report" >> beam.Map(_save, reports)
    )


def load_reports(path: str) -> list[Report]:
    """Reads the reports that `write` saved, in order."""
    with fileio.open(path, "r") as file:
        return [Report(*report) for report in json.loads(file.read())]


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


def _example(entry: Entry, photograph: images.Photograph) -> bytes:
    example = tf.train.Example()
    feature = example.features.feature  # filled in place: twice as fast as messages in messages
    feature[features.IMAGE].bytes_list.value.append(photograph.jpeg)
    feature[features.WIDTH].int64_list.value.append(photograph.width)
    feature[features.HEIGHT].int64_list.value.append(photograph.height)
    feature[features.PATH].bytes_list.value.append(printable(entry.path).encode())
    feature[features.CATEGORY].bytes_list.value.append(printable(entry.category).encode())
    return example.SerializeToString(deterministic=True)


def _count(name: str, number: int) -> None:
    if number:
        beam.metrics.Metrics.counter(METRICS_NAMESPACE, name).inc(number)
