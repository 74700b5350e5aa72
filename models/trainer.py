"""Glue between TFX's Trainer and training: reads artifacts, trains, exports."""

import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from models import dataset, export, masking, training
from pipeline.config import Config

CONFIG_KEY = "config"  # in custom_config: all settings, as JSON
CODE_KEY = "code"  # in custom_config: a hash of the source, so that the cache sees its changes


def run_fn(fn_args: FnArgs) -> None:
    """Trains the networks and writes the SavedModel, as TFX calls it.

    Args:
        fn_args: Files, folders and the custom config of the Trainer.
    """
    config = Config.model_validate_json(fn_args.custom_config[CONFIG_KEY])
    settings = config.training
    border = masking.Border(*config.mask.border)
    batches = dataset.training_batches(
        fn_args.train_files,
        fn_args.transform_graph_path,
        border,
        dataset.Options(settings.batch_size, settings.shuffle_images, settings.flip, settings.seed),
    )
    pictures = dataset.pictures(
        fn_args.eval_files, fn_args.transform_graph_path, settings.grid_images
    )
    both = training.build_networks(config.model, settings.seed)
    training.train(both, batches, pictures, border, settings, fn_args.model_run_dir)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path).transform_features_layer()
    export.save(both.generator, transform, border, fn_args.serving_model_dir)
