"""Examples read back from TFRecords."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.images import tfrecords


@pytest.mark.parametrize("count", [1, 7, 10])
def test_pictures_are_the_first_few(
    shards: str, transform: tfrecords.Transform, originals: np.ndarray, count: int
) -> None:
    result = tfrecords.pictures([shards], transform, count)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, originals[:count], atol=1e-6)


def test_pictures_are_at_most_all(originals: np.ndarray) -> None:
    assert originals.shape == (10, 128, 128, 3)
    assert 0 <= originals.min() < originals.max() <= 1


def test_count_is_over_all_files(shards: str, sample_examples: Path) -> None:
    folder = str(Path(shards).parent)

    def counted(*patterns: str) -> int:
        return tfrecords.count(patterns)

    assert counted(shards) == 10
    assert counted(str(sample_examples)) == 10
    assert counted(f"{folder}/no-such-*") == 0
    assert counted(f"{folder}/*-00000-*", f"{folder}/*-00001-*") == 6


def test_a_files_name_says_whether_it_is_gzipped(sample_examples: Path, tmp_path: Path) -> None:
    plain = list(tfrecords.records([str(sample_examples)]).as_numpy_iterator())
    assert len(plain) == 10
    packed = str(tmp_path / "of\nold.gz")
    with tf.io.TFRecordWriter(packed, "GZIP") as writer:
        for record in plain:
            writer.write(record)
    both = [packed, str(sample_examples)]
    assert list(tfrecords.records(both).as_numpy_iterator()) == plain * 2
    assert tfrecords.counts(both) == [10, 10]
    (digest,) = set(tfrecords.digests(both))
    assert len(digest) == 32


def test_what_was_noted_of_files_is_not_counted_again(shards: str, tmp_path: Path) -> None:
    folder = shutil.copytree(Path(shards).parent, tmp_path / "Split-train")
    first, *others = sorted(map(str, folder.iterdir()))
    noted = {f"Split-train/{Path(first).name}": 700}
    (tmp_path / features.SHARDS_FILE).write_text(json.dumps(noted))
    assert tfrecords.counts([first, *others]) == [700, 1, 4]
    read = tfrecords.digests([first, *others])
    assert len(set(read)) == 3
    (tmp_path / features.DIGESTS_FILE).write_text(json.dumps({next(iter(noted)): "noted"}))
    assert tfrecords.digests([first, *others]) == ["noted", *read[1:]]


def test_order_of_patterns_does_not_matter(
    shards: str, transform: tfrecords.Transform, originals: np.ndarray
) -> None:
    patterns: Sequence[str] = sorted(map(str, Path(shards).parent.iterdir()), reverse=True)
    np.testing.assert_array_equal(tfrecords.pictures(patterns, transform, 100), originals)
