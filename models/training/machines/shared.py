"""What several machines have in common: a folder of checkpoints, and the end."""

from collections.abc import Callable

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
        self._add_up = _adder(strategy)

    def agree(self, due: bool) -> bool:
        """Decides for all machines by the chief's clock."""
        return self._add_up(due and cluster.here().is_chief) > 0

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
        _adder(strategy)(True)


def _adder(strategy: tf.distribute.Strategy) -> Callable[[bool], float]:
    """Counts of how many devices of all machines something is true."""

    def on_one(counts: tf.Tensor) -> tf.Tensor:
        here = tf.identity(counts)  # on the device, which says where the sum goes
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, here)

    @tf.function
    def on_all(counts: tf.Tensor) -> tf.Tensor:
        found = strategy.run(on_one, args=(counts,))
        return strategy.experimental_local_results(found)[0]

    return lambda counts: float(on_all(tf.constant(float(counts))))
