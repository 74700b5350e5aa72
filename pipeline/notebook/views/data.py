"""What a notebook shows of the data: images, statistics, schema, anomalies."""

import csv
import os
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tensorflow_data_validation as tfdv
from IPython.display import Image, Markdown
from matplotlib import pyplot as plt
from tensorflow_data_validation.utils import display_util
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.image_example_gen import accounting
from models import features
from models.images import masking, tfrecords
from models.images.contact_sheet import sheet
from pipeline.notebook.views.display import photograph, plot, table

_INCHES = (9, 3)
_COLUMNS = 6
_CATEGORIES = 20  # in a plot, at most
_NO_ANOMALIES = "no anomaly"


def counts(examples: standard_artifacts.Examples) -> Markdown:
    """Says how many images were taken and why others were not.

    Args:
        examples: What ImageExampleGen made.

    Returns:
        A table.
    """
    summary = accounting.read_summary(examples.uri)
    rows = [(split, n, "taken") for split, n in summary["images"].items()]
    with open(os.path.join(examples.uri, accounting.REJECTS_FILE), newline="") as file:
        first = {row["reason"]: row["path"] for row in reversed(list(csv.DictReader(file)))}
    rows += [(r, n, f"rejected, as {first[r]}") for r, n in summary["rejected"].items()]
    rows += [(reason, n, "ignored") for reason, n in summary["ignored"].items()]
    return table(("split or reason", "images", ""), rows)


def photographs(examples: standard_artifacts.Examples, split: str, count: int = 12) -> Image:
    """Shows the first images of a split.

    Args:
        examples: What ImageExampleGen made.
        split: One of its splits.
        count: At most so many.

    Returns:
        A picture, each image under its category and original size.
    """
    records = tfrecords.records(_files(examples, split))
    found = [tf.train.Example.FromString(r.numpy()).features.feature for r in records.take(count)]
    rows = -(-len(found) // _COLUMNS)
    figure, panels = plt.subplots(
        rows, _COLUMNS, figsize=(_INCHES[0], 1.7 * rows), layout="constrained", squeeze=False
    )
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, feature in zip(panels.flat, found, strict=False):
        axes.imshow(tf.io.decode_jpeg(feature[features.IMAGE].bytes_list.value[0], channels=3))
        category = feature[features.CATEGORY].bytes_list.value[0].decode(errors="replace")
        width, height = (
            feature[key].int64_list.value[0] for key in (features.WIDTH, features.HEIGHT)
        )
        axes.set_title(f"{category}\n{width} x {height}", fontsize=7)
    return plot(figure)


def statistics(artifact: standard_artifacts.ExampleStatistics) -> Markdown:
    """Sums up every feature of every split.

    Args:
        artifact: What StatisticsGen made.

    Returns:
        A table.
    """
    rows = []
    for split, found in _statistics(artifact):
        for feature in found.features:
            numbers, texts = feature.num_stats, feature.string_stats
            common = getattr(feature, feature.WhichOneof("stats")).common_stats
            if feature.HasField("num_stats"):
                said = (
                    f"{numbers.min:g} to {numbers.max:g}, median {numbers.median:g}, "
                    f"mean {numbers.mean:.1f}"
                )
            elif feature.HasField("bytes_stats"):
                said = f"of {feature.bytes_stats.avg_num_bytes:.0f} bytes"
            else:
                said = f"{texts.unique} different, of {texts.avg_length:.0f} bytes"
            name = feature.path.step[0]
            rows.append((split, name, common.num_non_missing, common.num_missing, said))
    return table(("split", "feature", "present", "missing", "values"), rows)


def distributions(artifact: standard_artifacts.ExampleStatistics) -> Image:
    """Draws the sizes of photographs and their categories, split beside split.

    Args:
        artifact: What StatisticsGen made.

    Returns:
        A plot.
    """
    figure, (sizes, scenes) = plt.subplots(1, 2, figsize=_INCHES, layout="constrained")
    top: dict[str, dict[str, float]] = {}
    for split, found in _statistics(artifact):
        by_name = {feature.path.step[0]: feature for feature in found.features}
        for name, style in ((features.WIDTH, "-"), (features.HEIGHT, ":")):
            quantiles = next(
                h
                for h in by_name[name].num_stats.histograms
                if h.type == statistics_pb2.Histogram.QUANTILES
            ).buckets
            values = [quantiles[0].low_value, *(bucket.high_value for bucket in quantiles)]
            sizes.plot(values, np.linspace(0, 1, len(values)), style, label=f"{name}, {split}")
        ranks = by_name[features.CATEGORY].string_stats.rank_histogram.buckets
        top[split] = {bucket.label: bucket.sample_count for bucket in ranks[:_CATEGORIES]}
    names = sorted({name for counted in top.values() for name in counted})
    left = np.zeros(len(names))
    for split, counted in top.items():
        widths = np.array([counted.get(name, 0) for name in names])
        scenes.barh(names, widths, left=left, label=split)
        left += widths
    sizes.set(xlabel="pixels", ylabel="share of photographs up to that size")
    scenes.set(xlabel="images")
    scenes.tick_params(axis="y", labelsize=6)
    for axes in (sizes, scenes):
        axes.legend(fontsize="x-small")
    return plot(figure)


def schema(artifact: standard_artifacts.Schema) -> Markdown:
    """Shows a schema.

    Args:
        artifact: What SchemaGen or CuratedSchema made.

    Returns:
        A table.
    """
    found, _ = display_util.get_schema_dataframe(load_schema(artifact))
    rows = [(name.strip("'"), *cells) for name, *cells in found.itertuples()]
    return table(("feature", "type", "presence", "valency", "domain"), rows)


def load_schema(artifact: standard_artifacts.Schema) -> schema_pb2.Schema:
    """Reads a schema.

    Args:
        artifact: What SchemaGen or CuratedSchema made.

    Returns:
        The schema.
    """
    return tfdv.load_schema_text(io_utils.get_only_uri_in_dir(artifact.uri))


def load_statistics(
    artifact: standard_artifacts.ExampleStatistics, split: str
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Reads statistics.

    Args:
        artifact: What StatisticsGen made.
        split: One of its splits.

    Returns:
        The statistics.
    """
    return stats_artifact_utils.load_statistics(artifact, split).proto()


def anomalies(artifact: standard_artifacts.ExampleAnomalies) -> Markdown:
    """Shows what is wrong with the data.

    Args:
        artifact: What ExampleValidator made.

    Returns:
        A table.
    """
    by_split = {}
    for split in artifact_utils.decode_split_names(artifact.split_names):
        file = io_utils.get_only_uri_in_dir(artifact_utils.get_split_uri([artifact], split))
        by_split[split] = anomalies_pb2.Anomalies.FromString(io_utils.read_bytes_file(file))
    return list_anomalies(by_split)


def list_anomalies(by_split: dict[str, anomalies_pb2.Anomalies]) -> Markdown:
    """Shows anomalies as TFDV finds them.

    Args:
        by_split: By split.

    Returns:
        A table.
    """
    rows: list[tuple[str, ...]] = []
    for split, found in by_split.items():
        frame = display_util.get_anomalies_dataframe(found)  # other columns differ by version
        told = frame["Anomaly long description"].items()
        lines = [(split, name.strip("'"), said) for name, said in told]
        rows += lines or [(split, "", _NO_ANOMALIES)]
    return table(("split", "feature", "anomaly"), rows)


def masked(
    examples: standard_artifacts.Examples,
    transform_graph: standard_artifacts.TransformGraph,
    border: tuple[int, int, int, int],
    count: int = 4,
) -> Image:
    """Shows what Transform makes of images, and what is hidden of them.

    Args:
        examples: What ImageExampleGen made.
        transform_graph: What Transform made.
        border: Pixels hidden left, right, top and bottom.
        count: At most so many.

    Returns:
        A sheet of pictures.
    """
    transform = tfrecords.load_transform(transform_graph.uri)
    truth = tfrecords.pictures(_files(examples, features.TRAIN_SPLIT), transform, count).numpy()
    mask = masking.border_mask(masking.Border(*border))
    columns = {"target": truth, "masked": masking.hide(truth, mask).numpy()}
    return photograph(sheet(columns))


def _files(examples: standard_artifacts.Examples, split: str) -> list[str]:
    folder = artifact_utils.get_split_uri([examples], split)
    return sorted(tf.io.gfile.glob(os.path.join(folder, "*")))


def _statistics(
    artifact: standard_artifacts.ExampleStatistics,
) -> Iterator[tuple[str, statistics_pb2.DatasetFeatureStatistics]]:
    for split in artifact_utils.decode_split_names(artifact.split_names):
        yield split, load_statistics(artifact, split).datasets[0]
