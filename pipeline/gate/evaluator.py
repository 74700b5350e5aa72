"""What TFX's Evaluator calls, by names it knows: to load a model, and to take examples apart."""

from typing import Any

import apache_beam as beam
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from pipeline.gate import extracts


def custom_extractors(
    eval_shared_model: Any, eval_config: config_pb2.EvalConfig, tensor_adapter_config: Any
) -> list[tfma.extractors.Extractor]:
    """What TFX's Evaluator calls to take examples apart; it finds it by this name.

    Args:
        eval_shared_model: The model, or both.
        eval_config: As `eval_config.eval_config` wrote it.
        tensor_adapter_config: How to read the examples.

    Returns:
        TFMA's own extractors, the pictures kept out of the slices by category.
    """
    *others, slices = tfma.default_extractors(
        eval_shared_model=eval_shared_model,
        eval_config=eval_config,
        tensor_adapter_config=tensor_adapter_config,
    )
    apart = slices.ptransform | "TakePicturesApart" >> beam.FlatMap(extracts.take_apart)
    return [*others, slices._replace(ptransform=apart)]


def custom_eval_shared_model(
    eval_saved_model_path: str, model_name: str, eval_config: config_pb2.EvalConfig, **options: Any
) -> tfma.types.EvalSharedModel:
    """What TFX's Evaluator calls to load a model; it finds it by this name.

    Args:
        eval_saved_model_path: Where a Trainer would have put the SavedModel.
        model_name: Candidate or baseline.
        eval_config: As `eval_config.eval_config` wrote it.
        **options: Passed on to TFMA.

    Returns:
        The model, from there or from the folder above: a pushed model has no more folders.

    Raises:
        FileNotFoundError: If there is none.
    """
    # A model that was not made in this pipeline is taken for one of an early TFX: another folder.
    above = eval_saved_model_path.rstrip("/").rpartition("/")[0]
    for path in (eval_saved_model_path, path_utils.serving_model_dir(above), above):
        if fileio.exists(f"{path}/saved_model.pb"):
            return tfma.default_eval_shared_model(
                eval_saved_model_path=path,
                model_name=model_name,
                eval_config=eval_config,
                **options,
            )
    raise FileNotFoundError(
        f"no SavedModel in {above} to evaluate as {model_name or 'candidate'}; "
        "evaluation.baseline_model_uri may name one to hold against"
    )
