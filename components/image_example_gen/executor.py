"""What ImageExampleGen does: find images, deal them, write them, account for every file."""

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
from tfx.components.example_gen import utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.image_example_gen import accounting, driver, leaks, workers, writing
from components.image_example_gen.dealing import sampling, shards, splits
from components.image_example_gen.discovery import find, indexes, kept
from components.image_example_gen.discovery.entries import Entry, Failed, Ignored
from components.image_example_gen.finished import Finished, Report, key_of
from components.image_example_gen.options import Options
from components.image_example_gen.progress import PROGRESS
from models import features

EXAMPLES = "examples"  # the output
NEAR_DUPLICATE = "near duplicate"  # a reason to ignore: of an image to evaluate
_log = logging.getLogger(__name__)


class Executor(base_beam_executor.BaseBeamExecutor):
    """Turns the photographs of folders and archives into tf.Examples."""

    def Do(
        self,
        input_dict: dict[str, list],
        output_dict: dict[str, list],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the splits, the lists of what was not taken, and the summary.

        Raises:
            ValueError: If a source is not there, or a split is left without a usable image.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        options = Options.unpack(exec_properties[driver.OPTIONS])
        examples = artifact_utils.get_single_instance(output_dict[EXAMPLES])
        examples.split_names = artifact_utils.encode_split_names(list(options.buckets))
        examples.set_string_custom_property(utils.PAYLOAD_FORMAT_PROPERTY_NAME, "FORMAT_TF_EXAMPLE")
        # TFX takes no other format of TFRecords. Whether they are gzipped it tells by their names.
        examples.set_string_custom_property(utils.FILE_FORMAT_PROPERTY_NAME, "tfrecords_gzip")
        split_uris = {
            split: artifact_utils.get_split_uri([examples], split) for split in options.buckets
        }
        for uri in split_uris.values():
            fileio.makedirs(uri)
        finished = Finished(options.shards)
        with accounting.IgnoredFiles(examples.uri) as ignored:
            entries, failed = self._find(exec_properties, options, ignored)
            sample = sampling.Sample(entries, options.images)
            reports = self._write(sample, options, examples.uri)
            leaked = leaks.Leaks({}, [])
            if options.near_duplicates == "drop":
                leaked = leaks.find(reports, finished)
            for path in leaked.paths:
                ignored.add(Ignored(path, NEAR_DUPLICATE))
        leaks.write(examples.uri, leaked.pairs)
        writing.finish(reports, leaked.places, split_uris, examples.uri, finished)
        if sample.left:
            ignored.counts[accounting.LIMIT] += sample.left
        images = dict.fromkeys(options.buckets, 0)
        for report in reports:
            images[report.split] += report.images - len(leaked.places.get(report.key, ()))
        rejects = [*failed, *(reject for report in reports for reject in report.rejects)]
        summary = accounting.write(examples.uri, images, rejects, ignored.counts)
        examples.set_string_custom_property(features.SUMMARY_PROPERTY, json.dumps(summary))
        _log.info("%s", accounting.describe(summary, examples.uri))
        accounting.check(summary, json.loads(exec_properties[driver.DATA]))

    def _find(
        self, properties: dict[str, Any], options: Options, ignored: accounting.IgnoredFiles
    ) -> tuple[list[Entry], list[Failed]]:
        """All images with their split, and what cannot be read; everything else is noted."""
        files = kept.Listing(options.listings, properties.get(driver.FINGERPRINT, ""))
        if not files.exists():  # no driver ran, or its listing has been tidied away
            files = kept.Listing(options.listings, driver.fingerprint(properties))
        archives = indexes.Indexes(options.indexes, options.code)
        unread = [file for file in files if find.is_archive(file) and archives.missing(file)]
        if len(unread) > 1:
            with self._make_beam_pipeline() as pipeline:
                _ = (
                    pipeline
                    | "Archives" >> beam.Create(unread)
                    | "Spread" >> beam.Reshuffle()
                    | "Index" >> beam.Map(archives.make)
                )
        entries: list[Entry] = []
        failed: list[Failed] = []
        for found in find.find(files, archives.read):
            if isinstance(found, Ignored):
                ignored.add(found)
            elif isinstance(found, Failed):
                failed.append(found)
            else:
                entries.append(found)
        archives.tidy()
        dealt: list[Entry] = []
        for entry in splits.deal(entries, options.buckets, options.split_by):
            if isinstance(entry, Ignored):
                ignored.add(entry)
            else:
                dealt.append(entry)
        return dealt, failed

    def _write(
        self,
        sample: sampling.Sample,
        options: Options,
        examples_uri: str,
    ) -> list[Report]:
        """Writes the shards, and further ones in place of what was bad in a sample."""
        PROGRESS.start(sum(sample.wanted.values()))
        planned = writing.Planned(os.path.join(examples_uri, "planned"))
        reports: list[Report] = []
        while any(sample.wanted.values()):
            dealt = [
                shard
                for split, entries in sample.take().items()
                for shard in shards.deal(split, entries, options.sizes, _count(reports, split))
            ]
            places = [
                planned.add(key_of(shard, options.limits, options.code), shard) for shard in dealt
            ]
            result = os.path.join(planned.folder, "reports.json")
            with self._pipeline_for(dealt) as pipeline:
                writing.write(pipeline, places, options.shards, options.limits, result)
            written = writing.load_reports(result)
            for report in written:
                sample.replace(report.split, len(report.rejects))
            reports += written
        PROGRESS.finish()
        planned.remove()
        return sorted(reports)

    @contextlib.contextmanager
    def _pipeline_for(self, dealt: Sequence[shards.Shard]) -> Iterator[beam.Pipeline]:
        given: list[str] = self._beam_pipeline_args  # type: ignore[has-type] # TFX's
        self._beam_pipeline_args = workers.beam_args(given, dealt)
        try:
            with workers.importable(), self._make_beam_pipeline() as pipeline:
                yield pipeline
        finally:
            self._beam_pipeline_args = given


def _count(reports: list[Report], split: str) -> int:
    return sum(report.split == split for report in reports)
