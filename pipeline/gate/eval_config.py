"""What is measured, over which slices, and what blesses a model, in TFMA's terms."""

import json

from tensorflow_model_analysis.proto import config_pb2

from models import features
from pipeline.gate import figure_names, image_quality, set_distance, thresholds
from settings.evaluation import EvaluationSettings


def eval_config(settings: EvaluationSettings) -> config_pb2.EvalConfig:
    """Writes down what is measured, over which slices, and what blesses a model.

    Args:
        settings: The thresholds.

    Returns:
        The configuration for TFX's Evaluator. Bars against the last blessed model do not
        count on a first run, when there is none.
    """
    floors = {name: thresholds.at_least(floor) for name, floor in settings.category_floors.items()}
    limits = {
        figure_names.gain_key(settings.baseline): {"": thresholds.above(settings.min_psnr_gain)},
        features.PSNR_OF_MEAN: {"": thresholds.no_lower(settings.max_psnr_loss), **floors},
        figure_names.SEAM: {"": thresholds.between(settings.min_seam, settings.max_seam)},
    }
    quality = config_pb2.MetricConfig(
        class_name=image_quality.ImageQuality.__name__, module=image_quality.__name__
    )
    distance = config_pb2.MetricConfig(
        class_name=set_distance.SetDistance.__name__,
        module=set_distance.__name__,
        config=json.dumps(
            {"images": settings.distance_images, "deciding": settings.min_kernel_images}
        ),
    )
    rises = {
        figure_names.KERNEL: settings.max_kernel_rise,
        figure_names.SWD: settings.max_swd_rise,
    }
    rise = {
        name: {"": thresholds.no_higher(value)}
        for name, value in rises.items()
        if value is not None
    }
    return config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(signature_name=features.EVALUATE_SIGNATURE)],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            config_pb2.SlicingSpec(feature_keys=[features.CATEGORY]),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[metric], per_slice_thresholds=thresholds.by_slice(of_metric)
            )
            for metric, of_metric in ((quality, limits), (distance, rise))
        ],
    )
