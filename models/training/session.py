"""What every training of a run shares: devices, precision and the pictures."""

import contextlib
from collections.abc import Sequence

import tensorflow as tf

from models.images import tfrecords
from models.networks import build
from models.training import devices, dispatch, feed, loop, warm_start, weights
from models.training.checkpoints import Checkpoints
from models.training.machines import cluster
from models.training.machines import fit as machines_fit
from settings.config import Config


class Session:
    """Trains, once or many times, on the same pictures and devices."""

    def __init__(
        self,
        files: Sequence[str],
        config: Config,
        transform: tfrecords.Transform,
        strategy: tf.distribute.Strategy | None,
        max_steps: int = 0,
    ):
        """Prepares the pictures.

        Args:
            files: TFRecord files of tf.Examples; globs.
            config: All settings.
            transform: The transform graph.
            strategy: As `devices.choose_strategy` chose it, before anything was computed.
            max_steps: Batches an epoch, at most; 0 for all.
        """
        settings = config.training
        if settings.deterministic:
            tf.config.experimental.enable_op_determinism()
        build.set_seed(settings.seed)
        self._strategy, worker = strategy, cluster.here()
        self._fit = machines_fit.fit if worker.count > 1 else dispatch.by_keras
        options = feed.Options(
            batch_size=settings.batch_size,
            shuffle_images=settings.shuffle_images,
            random_masks=settings.random_masks,
            flip=settings.flip,
            crop=settings.crop,
            held_out_images=settings.held_out_images,
            cache_bytes=settings.cache_mb * 1_000_000,
            seed=settings.seed,
            max_steps=max_steps,
            worker=worker,
        )
        self.feed = feed.TrainingFeed(files, transform, config.mask.border, options)

    def train(
        self,
        config: Config,
        checkpoints: Checkpoints,
        monitor: loop.Monitor = loop.no_callbacks,
    ) -> tuple[build.Networks, loop.FiguresByPhase]:
        """Trains both networks from the start, or from where the checkpoints stand.

        Args:
            config: All settings; those of the data are the session's.
            checkpoints: Where the state is kept.
            monitor: Makes the callbacks of a phase.

        Returns:
            The networks, and what was recorded of each phase.
        """
        scope = self._strategy.scope() if self._strategy else contextlib.nullcontext()
        with devices.precision(checkpoints.precision() or config.training.precision):
            with scope:
                both = build.build_networks(config.model, config.training.seed)
                if config.model.start:
                    warm_start.load_weights(both.generator, config.model.start)
                    folder = warm_start.saved_model(config.model.start)
                    weights.load_judge(both.discriminator, folder)
            figures = loop.train(
                both,
                self.feed,
                config.training,
                checkpoints,
                monitor,
                self._strategy,
                devices.jit_compile(),
                self._fit,
            )
        return both, figures
