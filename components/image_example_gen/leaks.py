"""Training images that are evaluated on, too, or nearly: found, listed and left out."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tfx.dsl.io import fileio

from components.image_example_gen import duplicates
from components.image_example_gen.finished import Finished, Report
from models import features
from models.images.digests import Digest

LEAKS_FILE = "near_duplicates.csv"  # beside the splits: path, like


class Leaks(NamedTuple):
    """Training images that are left out."""

    places: dict[str, list[int]]  # in each shard, by its key
    pairs: list[tuple[str, str]]  # paths: left out, and what it is like

    @property
    def paths(self) -> list[str]:
        """What is left out, each once."""
        return list(dict.fromkeys(path for path, _ in self.pairs))


def find(reports: Iterable[Report], finished: Finished) -> Leaks:
    """Finds training images that nearly are images to evaluate.

    Evaluation stays as it is, so that its figures compare.

    Args:
        reports: Of all shards.
        finished: Where they are kept.

    Returns:
        The images.
    """
    train, evaluated = (
        [report for report in sorted(reports) if report.split == split and report.images]
        for split in (features.TRAIN_SPLIT, features.EVAL_SPLIT)
    )
    if not train or not evaluated:
        return Leaks({}, [])
    eval_signatures = np.concatenate([finished.signatures(report.key) for report in evaluated])
    found = [
        (report, mine, theirs)
        for report in train
        for mine, theirs in duplicates.pairs(finished.signatures(report.key), eval_signatures)
    ]
    starts = np.cumsum([0, *(report.images for report in evaluated)])
    shard_of = np.searchsorted(starts, [theirs for _, _, theirs in found], "right") - 1
    wanted: dict[str, set[int]] = {}
    for (report, mine, theirs), shard in zip(found, shard_of, strict=True):
        wanted.setdefault(report.key, set()).add(mine)
        wanted.setdefault(evaluated[shard].key, set()).add(theirs - int(starts[shard]))
    paths = {key: _paths(finished.path(key), places) for key, places in wanted.items()}
    pairs = [
        (
            paths[report.key][mine],
            paths[evaluated[shard].key][theirs - int(starts[shard])],
        )
        for (report, mine, theirs), shard in zip(found, shard_of, strict=True)
    ]
    trained = {report.key for report in train}
    return Leaks({key: sorted(wanted[key]) for key in wanted.keys() & trained}, pairs)


def write(examples_uri: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Lists what was left out, if anything was.

    Args:
        examples_uri: Where the examples lie.
        pairs: Paths: left out, and what it is like.
    """
    if pairs:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("path", "like"), *pairs])
        with fileio.open(os.path.join(examples_uri, LEAKS_FILE), "wb") as file:
            file.write(text.getvalue().encode())


def copy_without(source: str, target: str, places: Iterable[int]) -> str:
    """Copies a TFRecord file but for some records.

    Args:
        source: The file.
        target: Where to.
        places: Numbers of records to leave out.

    Returns:
        A digest of the others.
    """
    left_out, digest = set(places), Digest()
    with tf.io.TFRecordWriter(target) as writer:
        for number, record in enumerate(tf.data.TFRecordDataset(source).as_numpy_iterator()):
            if number not in left_out:
                writer.write(record)
                digest.add(record)
    return digest.digits()


def _paths(file: str, places: set[int]) -> dict[int, str]:
    found = {}
    for number, record in enumerate(tf.data.TFRecordDataset(file).as_numpy_iterator()):
        if number in places:
            feature = tf.train.Example.FromString(record).features.feature[features.PATH]
            found[number] = feature.bytes_list.value[0].decode()
    return found
