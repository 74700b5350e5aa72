"""Images are counted as Beam's metrics."""

from pathlib import Path

import apache_beam as beam
from apache_beam.metrics import MetricsFilter

from components.image_example_gen import writing
from components.image_example_gen.dealing import shards
from components.image_example_gen.discovery.entries import Entry
from pipeline.beam import WITHIN_PROCESS
from tests.components.conftest import LIMITS, MakeJpeg
from tests.components.image_example_gen.executor.ingested import fill


def test_accepted_and_rejected_images_are_counted_as_beam_metrics(
    make_jpeg: MakeJpeg, tmp_path: Path
) -> None:
    folder = fill(
        tmp_path / "photos",
        [("1.jpg", make_jpeg()), ("2.jpg", make_jpeg()), ("3.jpg", b""), ("4.jpg", b"?")],
    )
    names = ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "gone.jpg"]
    entries = [Entry(str(folder), name, None, "train") for name in names]
    planned = writing.Planned(str(tmp_path / "planned"))
    for _ in range(2):  # the second time, shards that are there already count, too
        pipeline = beam.Pipeline(argv=[*WITHIN_PROCESS])
        _ = (
            pipeline
            | beam.Create(
                [
                    planned.add("readable", shards.Shard("train", 0, entries[:-1])),
                    planned.add("all", shards.Shard("train", 1, entries[-1:])),
                ]
            )
            | beam.ParDo(writing.WriteShard(str(tmp_path / "shards"), LIMITS))
        )
        result = pipeline.run()
        result.wait_until_finish()
        only = MetricsFilter().with_namespace(writing.METRICS_NAMESPACE)
        counters = result.metrics().query(only)["counters"]
        assert {c.key.metric.name: c.committed for c in counters} == {
            "accepted_train": 2,
            "rejected_corrupt": 1,
            "rejected_empty": 1,
            "rejected_unreadable": 1,
        }
