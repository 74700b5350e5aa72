"""Glue between TFX's Tuner and the search."""

import tempfile

from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.components.tuner.component import TunerFnResult

from models import features
from models.images import tfrecords
from models.training import devices, loop
from models.training.checkpoints import Checkpoints
from models.training.search import Search
from models.training.session import Session
from settings.config import Config


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """Sets up the search for hyperparameters, as TFX calls it.

    Args:
        fn_args: Files, folders and the custom config.

    Returns:
        The search, and what TFX is to call it with.

    Raises:
        ValueError: If there is nothing to judge a trial by.
    """
    config = Config.model_validate_json(fn_args.custom_config[features.CONFIG_KEY])
    strategy = devices.choose_strategy(config.training.strategy)
    transform = tfrecords.load_transform(fn_args.transform_graph_path)
    session = Session(
        fn_args.train_files, config, transform, strategy, max_steps=config.tuner.steps
    )
    if session.feed.held_out is None:
        raise ValueError(
            "a search judges by held-out images, and there are none: raise "
            "training.held_out_images, or give at least 5 training images"
        )

    def train(chosen: Config) -> loop.FiguresByPhase:
        with tempfile.TemporaryDirectory() as folder:
            return session.train(chosen, Checkpoints(folder))[1]

    return TunerFnResult(Search(config, train, fn_args.working_dir), fit_kwargs={"verbose": 0})
