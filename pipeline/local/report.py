"""What a run on this machine ends with: a summary, a sheet of pictures and a page."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.utils import path_utils

from components.image_example_gen import accounting
from evaluation import compare, page, pictures
from models import features
from models.export import calling
from models.images import masking, tfrecords
from models.images.contact_sheet import sheet
from models.quality import perceptual
from pipeline.gate import figure_names, result
from pipeline.history.runs import Node
from settings.config import Config
from settings.evaluation import EvaluationSettings

_SHEET_ROWS = 8


def write_sheet(run: Mapping[str, Node], config: Config, file: Path) -> None:
    """Draws input, result and truth of the first evaluation images.

    Args:
        run: What the components did.
        config: The run's settings.
        file: Where the PNG goes.
    """
    truth = tfrecords.pictures(
        _eval_files(run),
        tfrecords.load_transform(run["Transform"].uri("transform_graph")),
        _SHEET_ROWS,
    )
    mask = masking.border_mask(masking.Border(*config.mask.border))
    model = _load_model(run)
    outpainted = calling.outpaint(model, truth, tf.broadcast_to(mask, [*truth.shape[:3], 1]))
    columns = {"input": masking.hide(truth, mask), "result": outpainted, "truth": truth}
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet({name: column.numpy() for name, column in columns.items()}).save(file)


def write_page(run: Mapping[str, Node], images: int, folder: Path) -> None:
    """Writes what `outpaint evaluate` writes, of evaluation images of the run.

    Args:
        run: What the components did.
        images: How many at most.
        folder: Where to.
    """
    found = pictures.load_examples(_eval_files(run), images)
    model = _load_model(run)
    comparison = compare.compare(model, found, networks=perceptual.networks())
    page.write(comparison, model, "the new model", folder)


def summarise(
    run: Mapping[str, Node], settings: EvaluationSettings, serving: Path, shown: Mapping[str, Path]
) -> str:
    """Says in a few lines what went in, how good the model is and where things are.

    Args:
        run: What the components did.
        settings: What the model had to reach.
        serving: Where models are pushed to.
        shown: By name, files for a person to look at.

    Returns:
        Lines of text.
    """
    examples = run["ImageExampleGen"].uri("examples")
    ingested = accounting.read_summary(examples)
    images = ", ".join(f"{count} {split}" for split, count in ingested["images"].items())
    rejected = sum(ingested["rejected"].values())
    ignored = sum(ingested["ignored"].values())
    lines = [f"images       {images}, {rejected} rejected, {ignored} ignored"]
    if rejected:
        lines.append(f"             listed in {Path(examples) / accounting.REJECTS_FILE}")
    figures = result.load_figures(run["Evaluator"].uri("evaluation"))
    columns = {"model": ""} | {fill.replace("_", " "): fill for fill in features.FILLS}
    lines.append("hidden pixels" + "".join(f"{name:>16}" for name in columns))
    for label, name, scale, digits in (
        ("PSNR, dB", features.PSNR_OF_MEAN, 1, 2),
        ("L1, of 255", features.L1, 255, 1),
        ("SSIM", features.SSIM, 1, 3),
    ):
        values = (figures[features.metric_key(name, fill)] * scale for fill in columns.values())
        lines.append(f"  {label:<11}" + "".join(f"{value:16.{digits}f}" for value in values))
    lines.append(
        f"model        SWD {figures[figure_names.SWD]:.1f}; of the photographs': seam "
        f"{figures[figure_names.SEAM]:.2f}, sharpness {figures[figure_names.SHARPNESS]:.2f}"
    )
    lines.append(f"             {_kernel(figures, settings)}")
    lines += [f"model        {line}" for line in _verdict(run, settings, figures, serving)]
    lines.append(f"TensorBoard  tensorboard --logdir {run['Trainer'].uri('model_run')}")
    lines += [f"{name:<13}{file}" for name, file in shown.items()]
    return "\n".join(lines)


def _eval_files(run: Mapping[str, Node]) -> list[str]:
    split = Path(run["ImageExampleGen"].uri("examples")) / f"Split-{features.EVAL_SPLIT}"
    return [str(path) for path in split.iterdir()]


def _load_model(run: Mapping[str, Node]) -> Any:
    return tf.saved_model.load(path_utils.serving_model_path(run["Trainer"].uri("model")))


def _kernel(figures: Mapping[str, float], settings: EvaluationSettings) -> str:
    distance = figures[figure_names.KERNEL]
    if not math.isfinite(distance):
        few = "too few images for distances of features"
        return few if perceptual.installed() else perceptual.MISSING
    line, least = f"kernel distance {distance:.1f}", settings.min_kernel_images
    if settings.max_kernel_rise is None or figures[figure_names.IMAGES] >= least:
        return line
    return f"{line}, which decides nothing below {least} images"


def _verdict(
    run: Mapping[str, Node],
    settings: EvaluationSettings,
    figures: Mapping[str, float],
    serving: Path,
) -> list[str]:
    if run["Evaluator"].outputs["blessing"].custom_properties["blessed"].int_value:
        gain = figures[figure_names.gain_key(settings.baseline)]
        pushed = run["Pusher"].outputs["pushed_model"].custom_properties["pushed_version"]
        line = f"blessed, {gain:+.2f} dB to {settings.baseline.replace('_', ' ')}"
        if settings.baseline != figure_names.BEST_FILL:
            line += f" ({figures[figure_names.gain_key()]:+.2f} dB to best fill)"
        return [f"{line}, pushed to {serving / pushed.string_value}"]
    found = tfma.load_validation_result(run["Evaluator"].uri("evaluation"))
    lines = ["NOT blessed, not pushed:"]
    for validation in found.metric_validations_per_slice:
        of = [key.bytes_value.decode() for key in validation.slice_key.single_slice_keys]
        where = f" of {', '.join(of)}" if of else ""
        for failure in validation.failures:
            lines.append(f"  {failure.metric_key.name}{where} {_shortfall(failure)}")
    for missing in found.missing_slices:
        category = missing.feature_values[features.CATEGORY]
        lines.append(f"  no evaluation image of category {category}, which has a floor")
    return lines


def _shortfall(failure: tfma.proto.validation_result_pb2.ValidationFailure) -> str:
    if not failure.metric_value.HasField("double_value"):
        return failure.message
    value, threshold = failure.metric_value.double_value.value, failure.metric_threshold
    unit = " dB" if "psnr" in failure.metric_key.name else ""
    if threshold.HasField("value_threshold"):
        bounds = threshold.value_threshold
        if bounds.HasField("upper_bound") and value > bounds.upper_bound.value:
            return f"is {value:.3f}{unit}, must be at most {bounds.upper_bound.value:.3f}"
        return f"is {value:.3f}{unit}, must be above {bounds.lower_bound.value:.3f}"
    allowed = threshold.change_threshold.absolute.value
    return (
        f"changed by {value:+.3f}{unit} against the last blessed model, at worst {allowed:+.3f} may"
    )
