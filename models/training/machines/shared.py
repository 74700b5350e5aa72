"""What several machines have in common: a folder of checkpoints, and the end."""

from typing import Any

import tensorflow as tf

from models.training.checkpoints import Checkpoints
from models.training.machines import cluster


class SharedCheckpoints(Checkpoints):
    """A folder that all machines read, the chief alone writes, and all at the same step.

    For some of what is saved has a part on each machine, which are added up as they are read.
    """

    def __init__(self, folder: str, strategy: tf.distribute.Strategy):
        """Names the folder.

        Args:
            folder: One that all machines see.
            strategy: By which they train.
        """
        super().__init__(folder)
        self._strategy = strategy

    def agree(self, due: bool) -> bool:
        """Decides for all machines by the chief's clock."""
        return _sum(self._strategy, due and cluster.here().is_chief) > 0

    def _put(self, name: str, content: bytes) -> None:
        if cluster.here().is_chief:
            super()._put(name, content)

    def _prune(self, keep: set[str]) -> None:
        if cluster.here().is_chief:
            super()._prune(keep)


def checkpoints(folder: str, strategy: tf.distribute.Strategy | None) -> Checkpoints:
    """Makes the checkpoints of a training.

    Args:
        folder: Where they are.
        strategy: By which it trains; None for one device.
    """
    if strategy and cluster.here().count > 1:
        return SharedCheckpoints(folder, strategy)
    return Checkpoints(folder)


def wait(strategy: tf.distribute.Strategy | None) -> None:
    """Waits until all machines are here.

    Args:
        strategy: By which they train; None for one device.
    """
    if strategy and cluster.here().count > 1:
        _sum(strategy, True)


def _sum(strategy: Any, counts: bool) -> float:
    def on_one() -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.constant(float(counts)))

    return float(strategy.experimental_local_results(strategy.run(on_one))[0])
