"""What a notebook shows of a model: its training, its figures, what it was made from."""

import io
from pathlib import Path

import numpy as np
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from IPython.display import Image, Markdown
from matplotlib import pyplot as plt
from rich.console import Console
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts

from evaluation import curves
from models import features
from pipeline.gate import figure_names, result
from pipeline.history import lineage, lineage_tree, summaries
from pipeline.notebook.steps import Steps
from pipeline.notebook.views.display import plot, table

_INCHES = (9, 3.4)
_WIDTH = 110  # characters


def wiring(pipeline: Pipeline) -> Markdown:
    """Says which component feeds which.

    Args:
        pipeline: What `create_pipeline` made.

    Returns:
        A table.
    """
    rows = []
    for node in pipeline.components:
        before = ", ".join(sorted(source.id for source in node.upstream_nodes))
        rows.append((node.id, before, ", ".join(node.outputs)))
    return table(("component", "runs after", "makes"), rows)


def training(model_run: standard_artifacts.ModelRun) -> Image:
    """Draws how the training went, from its TensorBoard logs.

    Args:
        model_run: What the Trainer made.

    Returns:
        A plot.
    """
    return plot(curves.draw(Path(model_run.uri)))


def slices(model_evaluation: standard_artifacts.ModelEvaluation) -> Markdown:
    """Lists the PSNR of the model and of every fill by hand: of all images, by category.

    Args:
        model_evaluation: What the Evaluator made.

    Returns:
        A table, in dB.
    """
    rows = []
    for category, figures in sorted(result.load_slices(model_evaluation.uri).items()):
        psnrs = (figures[figure_names.psnr_key(fill)] for fill in ("", *features.FILLS))
        images = int(figures[figure_names.IMAGES])
        rows.append((category or "**all**", images, *(f"{value:.2f}" for value in psnrs)))
    return table(("scene", "images", "model", *map(_words, features.FILLS)), rows)


def draw_slices(model_evaluation: standard_artifacts.ModelEvaluation) -> Image:
    """Draws the PSNR of the model beside that of every fill by hand.

    Args:
        model_evaluation: What the Evaluator made.

    Returns:
        A plot.
    """
    found = dict(sorted(result.load_slices(model_evaluation.uri).items()))
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    places = np.arange(len(found))
    for fill in features.FILLS:
        values = [figures[figure_names.psnr_key(fill)] for figures in found.values()]
        axes.plot(places, values, "_", ms=16, label=_words(fill))
    axes.bar(places, [f[figure_names.psnr_key()] for f in found.values()], 0.4, label="model")
    axes.set_xticks(places, [name or "all" for name in found], rotation=20, ha="right")
    axes.set(ylabel="PSNR, dB")
    axes.legend(fontsize="x-small", ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1))
    return plot(figure)


def verdict(
    blessing: standard_artifacts.ModelBlessing,
    model_evaluation: standard_artifacts.ModelEvaluation,
) -> Markdown:
    """Says whether the model was blessed, and which thresholds it missed if it was not.

    Args:
        blessing: What the Evaluator made.
        model_evaluation: Likewise.

    Returns:
        A line, and a table of the thresholds that were missed.
    """
    if summaries.flag(blessing.mlmd_artifact, "blessed"):
        return Markdown("**Blessed**: it may be pushed.")
    result = tfma.load_validation_result(model_evaluation.uri)
    rows = [
        (failure.metric_key.name, failure.metric_value.double_value.value, _threshold(failure))
        for of_slice in result.metric_validations_per_slice
        for failure in of_slice.failures
    ]
    missed = table(("figure", "of the model", "threshold"), rows).data
    return Markdown(f"**Not blessed**: it will not be pushed. It missed:\n\n{missed}")


def show_lineage(steps: Steps, name: str, key: str) -> None:
    """Prints what an output was made from, as far as the photographs.

    Args:
        steps: What has run.
        name: The component.
        key: Its output.
    """
    stream = io.StringIO()
    console = Console(file=stream, width=_WIDTH, force_jupyter=False, color_system=None)
    (artifact,) = steps.store.get_artifacts_by_id([steps.output(name, key).id])
    console.print(lineage_tree.draw(lineage.trace(steps.store, artifact)))
    print(stream.getvalue().rstrip())


def _threshold(failure: tfma.proto.validation_result_pb2.ValidationFailure) -> str:
    return text_format.MessageToString(failure.metric_threshold, as_one_line=True)


def _words(fill: str) -> str:
    return fill.replace("_", " ")
