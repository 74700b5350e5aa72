"""What a run on this machine ends with: a summary and a sheet of pictures."""

from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.utils import path_utils

from components.image_example_gen import executor
from models import dataset, features, masking
from models.pictures import sheet
from pipeline import evaluation
from pipeline.config import Config
from pipeline.runs import Node

_SHEET_ROWS = 8


def write_sheet(run: Mapping[str, Node], config: Config, file: Path) -> None:
    """Draws input, result and truth of the first evaluation images.

    Args:
        run: What the components did.
        config: The run's settings.
        file: Where the PNG goes.
    """
    split = Path(run["ImageExampleGen"].uri("examples")) / f"Split-{features.EVAL_SPLIT}"
    truth = dataset.pictures(
        [str(path) for path in split.iterdir()],
        dataset.load_transform(run["Transform"].uri("transform_graph")),
        _SHEET_ROWS,
    )
    mask = masking.border_mask(masking.Border(*config.mask.border))
    model = tf.saved_model.load(path_utils.serving_model_path(run["Trainer"].uri("model")))
    outpainted = model.signatures[features.OUTPAINT_SIGNATURE](
        **{features.CANVASES: truth, features.MASKS: tf.broadcast_to(mask, [*truth.shape[:3], 1])}
    )[features.OUTPAINTED]
    columns = {"input": masking.hide(truth, mask), "result": outpainted, "truth": truth}
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet({name: column.numpy() for name, column in columns.items()}).save(file)


def summarise(run: Mapping[str, Node], serving: Path, sheet_file: Path) -> str:
    """Says in a few lines what went in, how good the model is and where things are.

    Args:
        run: What the components did.
        serving: Where models are pushed to.
        sheet_file: The sheet of pictures.

    Returns:
        Lines of text.
    """
    examples = run["ImageExampleGen"].uri("examples")
    ingested = executor.read_summary(examples)
    images = ", ".join(f"{count} {split}" for split, count in ingested["images"].items())
    rejected = sum(ingested["rejected"].values())
    lines = [f"images       {images}, {rejected} rejected"]
    if rejected:
        lines.append(f"             listed in {Path(examples) / executor.REJECTS_FILE}")
    figures = load_figures(run["Evaluator"].uri("evaluation"))
    columns = {"model": ""} | {fill.replace("_", " "): fill for fill in features.FILLS}
    lines.append("hidden pixels" + "".join(f"{name:>16}" for name in columns))
    for label, name, scale, digits in (
        ("PSNR, dB", evaluation.PSNR_OF_MEAN, 1, 2),
        ("L1, of 255", features.L1, 255, 1),
        ("SSIM", features.SSIM, 1, 3),
    ):
        values = (figures[features.metric_key(name, fill)] * scale for fill in columns.values())
        lines.append(f"  {label:<11}" + "".join(f"{value:16.{digits}f}" for value in values))
    lines += [f"model        {line}" for line in _verdict(run, serving)]
    lines += [
        f"TensorBoard  tensorboard --logdir {run['Trainer'].uri('model_run')}",
        f"pictures     {sheet_file}",
    ]
    return "\n".join(lines)


def load_slices(evaluation_uri: str) -> dict[str, dict[str, float]]:
    """Reads the Evaluator's figures for the new model, by scene category.

    Args:
        evaluation_uri: Where its output lies.

    Returns:
        Figures by name, by category; under an empty name those of the whole eval split.
    """
    for model_name in (tfma.constants.CANDIDATE_KEY, ""):
        result = tfma.load_eval_result(evaluation_uri, model_name=model_name or None)
        slices = {
            str(key[0][1]) if key else "": {
                name: value["doubleValue"] for name, value in outputs[""][""].items()
            }
            for key, outputs in result.slicing_metrics
            if outputs
        }
        if slices:
            return slices
    raise FileNotFoundError(f"no figures in {evaluation_uri}")


def load_figures(evaluation_uri: str) -> dict[str, float]:
    """Reads the Evaluator's figures for the new model over the whole eval split.

    Args:
        evaluation_uri: Where its output lies.

    Returns:
        Figures by name.
    """
    return load_slices(evaluation_uri)[""]


def _verdict(run: Mapping[str, Node], serving: Path) -> list[str]:
    if run["Evaluator"].outputs["blessing"].custom_properties["blessed"].int_value:
        pushed = run["Pusher"].outputs["pushed_model"].custom_properties["pushed_version"]
        return [f"blessed, pushed to {serving / pushed.string_value}"]
    result = tfma.load_validation_result(run["Evaluator"].uri("evaluation"))
    lines = ["NOT blessed, not pushed:"]
    for validation in result.metric_validations_per_slice:
        for failure in validation.failures:
            lines.append(f"  {failure.metric_key.name} {_shortfall(failure)}")
    return lines


def _shortfall(failure: tfma.proto.validation_result_pb2.ValidationFailure) -> str:
    if not failure.metric_value.HasField("double_value"):
        return failure.message
    value, threshold = failure.metric_value.double_value.value, failure.metric_threshold
    if threshold.HasField("value_threshold"):
        bar = threshold.value_threshold.lower_bound.value
        return f"is {value:.3f} dB, must be above {bar:.3f}"
    allowed = threshold.change_threshold.absolute.value
    return f"changed by {value:.3f} dB against the last blessed model, at worst {allowed:.3f} may"
