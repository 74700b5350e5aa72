"""Training steps on several machines, in place of Keras's `fit`.

Keras's (3.12 to 3.15) cannot: it takes a batch of several inputs for a tensor, and the mean of a
scalar over its first axis (https://github.com/keras-team/keras/issues/20329 and 20585).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from models.training.checkpoints import Position

_Step = Callable[[Any], dict[str, Any]]


def fit(
    model: keras.Model,
    batches: tf.data.Dataset,
    held_out: tf.data.Dataset | None,
    first: Position,
    epochs: int,
    steps: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> dict[str, list[float]]:
    """Trains a model on all machines at once; each calls this with its own share of each batch.

    Args:
        model: Built and compiled under a strategy.
        batches: This machine's share of each, from a position to the end of the epochs.
        held_out: What is evaluated after each epoch; the same on all machines, each of which
            evaluates all of it: there is little, and it comes to the same figures on each.
        first: The position.
        epochs: The end, counted from the very first.
        steps: Batches of each of these epochs.
        callbacks: Which must be the same on all machines, for what they read may be added up over
            all of them.

    Returns:
        A value an epoch, by name, the same on all machines.

    Raises:
        ValueError: If this machine's devices cannot share its share.
    """
    strategy = model.distribute_strategy
    called = keras.callbacks.CallbackList(
        list(callbacks), add_history=True, model=model, epochs=epochs, steps=steps, verbose=0
    )
    train, test = _on_all(model, model.train_step), _on_all(model, model.test_step)
    source = iter(_shared_out(batches, strategy))
    model.stop_training = False
    called.on_train_begin()
    for epoch in range(first.epoch, epochs):
        model.reset_metrics()
        called.on_epoch_begin(epoch)
        logs: dict[str, float] = {}
        for step in range(steps):
            called.on_train_batch_begin(step)
            logs = train(next(source))
            called.on_train_batch_end(step, logs)
            if model.stop_training:
                break
        if held_out is not None:
            logs |= {f"val_{name}": value for name, value in _evaluate(model, test, held_out)}
        called.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    called.on_train_end()
    (history,) = (c for c in called.callbacks if isinstance(c, keras.callbacks.History))
    return history.history


def _evaluate(
    model: keras.Model, test: _Step, held_out: tf.data.Dataset
) -> Iterator[tuple[str, float]]:
    model.reset_metrics()
    logs: dict[str, float] = {}
    for batch in held_out:
        logs = test(batch)
    yield from logs.items()


def _shared_out(batches: tf.data.Dataset, strategy: tf.distribute.Strategy) -> Any:
    """Each machine's share of a batch, parted among its devices."""
    devices = len(strategy.extended.worker_devices)
    parts = batches
    if devices > 1:
        size = batches.element_spec[1].shape[0]
        if size % devices:
            raise ValueError(
                f"a machine's share of training.batch_size, {size}, is no multiple of its "
                f"{devices} devices"
            )
        parts = batches.rebatch(size // devices, drop_remainder=True)
    return strategy.distribute_datasets_from_function(lambda context: parts)


def _on_all(model: keras.Model, step: _Step) -> _Step:
    """A step on all devices of all machines; its figures are the means over them."""
    strategy = model.distribute_strategy

    def on_one(batch: Any) -> dict[str, Any]:
        logs = step(batch)
        context = tf.distribute.get_replica_context()
        means = context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stack(list(logs.values())))
        return dict(zip(logs, tf.unstack(means), strict=True))

    @tf.function(jit_compile=False)  # XLA knows nothing of other machines
    def on_all(batch: Any) -> dict[str, Any]:
        logs = strategy.run(on_one, args=(batch,))
        return {name: strategy.experimental_local_results(value)[0] for name, value in logs.items()}

    return lambda batch: {name: float(value) for name, value in on_all(batch).items()}
