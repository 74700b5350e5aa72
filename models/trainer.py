"""Glue between TFX's Trainer and training: reads artifacts, trains, exports."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence

import tensorflow as tf
from keras_tuner import HyperParameters
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from models import features
from models.export import saved_model
from models.images import masking, tfrecords
from models.networks import build
from models.training import devices, search, weights
from models.training.machines import cluster, shared
from models.training.session import Session
from models.training.watch import callbacks
from settings.config import Config

_FINISHED = "finished"  # a file in the working folder of a training that is over
_VERTEX_LOGS = "AIP_TENSORBOARD_LOG_DIR"
_SCHEMA = "transformed_metadata/schema.pbtxt"  # in a transform graph


def run_fn(fn_args: FnArgs) -> None:
    """Trains the networks and writes the SavedModel, as TFX calls it.

    The training's state and logs live in a working folder and not in the artifact, which TFX
    removes when a run fails: the next run with the same data, settings and code goes on there.
    Where several machines train together, each calls this, the chief alone writes, and the others
    return when it has.

    Args:
        fn_args: Files, folders, the best hyperparameters if there was a search, and the custom
            config.
    """
    config = Config.model_validate_json(fn_args.custom_config[features.CONFIG_KEY])
    strategy = devices.choose_strategy(config.training.strategy)
    if fn_args.hyperparameters:
        config = search.apply(config, HyperParameters.from_config(fn_args.hyperparameters).values)
    border = masking.Border(*config.mask.border)
    transform = tfrecords.load_transform(fn_args.transform_graph_path)
    pictures = tfrecords.pictures(fn_args.eval_files, transform, config.training.grid_images)
    work = f"{fn_args.custom_config[features.WORK_KEY]}/{_key(fn_args)}"
    chief = cluster.here().is_chief
    with contextlib.ExitStack() as left:
        # All machines watch, for that reads what they have in common, and one keeps what it saw.
        aside = "" if chief else left.enter_context(tempfile.TemporaryDirectory())
        logs = aside or _logs(work)
        both, _ = Session(fn_args.train_files, config, transform, strategy).train(
            config,
            shared.checkpoints(f"{work}/checkpoints", strategy),
            callbacks.monitor(logs, pictures, border),
        )
    if chief:
        _export(both, config, transform, fn_args, work)
    shared.wait(strategy)


def _logs(work: str) -> str:
    """Of a Vertex AI job within `model_run_dir`, and shown by a TensorBoard as they grow."""
    return os.environ.get(_VERTEX_LOGS) or f"{work}/logs"


def _export(
    both: build.Networks,
    config: Config,
    transform: tfrecords.Transform,
    fn_args: FnArgs,
    work: str,
) -> None:
    """Writes the model and the logs where TFX expects them."""
    border = masking.Border(*config.mask.border)
    with devices.storage(config.model.stored):
        generator = build.build_generator(config.model)
    generator.set_weights(both.generator.get_weights())  # float32, whatever the precision was
    saved_model.save(generator, transform, border, fn_args.serving_model_dir)
    weights.save_judge(both.discriminator, fn_args.serving_model_dir)
    if fileio.exists(work):  # not where no phase has an epoch
        if _VERTEX_LOGS not in os.environ:
            io_utils.copy_dir(_logs(work), fn_args.model_run_dir)
        _tidy(fn_args.custom_config[features.WORK_KEY], work)


def _key(fn_args: FnArgs) -> str:
    """Names a training by the content of all that it depends on.

    Not by where it lies: on Kubeflow each run has folders of its own. What the transform graph does
    follows from settings, code and schema.
    """
    with tf.io.gfile.GFile(f"{fn_args.transform_graph_path}/{_SCHEMA}") as schema:
        read = schema.read()
    parts = {
        "train": _contents(fn_args.train_files),
        "eval": _contents(fn_args.eval_files),
        "schema": read,
        "hyperparameters": fn_args.hyperparameters,
        "custom": {
            key: fn_args.custom_config[key] for key in (features.CONFIG_KEY, features.CODE_KEY)
        },
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _contents(patterns: Sequence[str]) -> list[tuple[str, str]]:
    """Names and digests of files."""
    files = tfrecords.matching(patterns)
    return list(zip(map(os.path.basename, files), tfrecords.digests(files), strict=True))


def _tidy(folder: str, own: str) -> None:
    """Marks a training as over and removes others that are; one under way is left alone.

    Its own stays until then: a kill before TFX has taken note of the model costs nothing.
    """
    for name in fileio.listdir(folder):
        other = f"{folder}/{name.rstrip('/')}"
        if other != own and fileio.exists(f"{other}/{_FINISHED}"):
            fileio.rmtree(other)
    io_utils.write_string_file(f"{own}/{_FINISHED}", "")
