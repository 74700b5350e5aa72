"""What TensorBoard shows: figures by batch and epoch, pictures, warnings."""

import keras
import numpy as np
import tensorflow as tf

from models import features
from models.images import masking
from models.networks import interface
from models.training.checkpoints import Span


def picture_grid(*columns: tf.Tensor) -> tf.Tensor:
    """Lays batches of pictures out side by side, one row a picture.

    Args:
        *columns: float32 [n, height, width, 3] in 0-1 each, all of one shape.

    Returns:
        float32 [n * height, columns * width, 3].
    """
    rows = tf.concat([tf.convert_to_tensor(column) for column in columns], axis=2)
    return tf.concat(tf.unstack(rows), axis=0)


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras's callback, with batches' own figures, counted on where a phase was cut short.

    The pixel error is written of every batch, the other figures of those that it hears of.
    """

    def __init__(self, log_dir: str, span: Span):
        """Sets up the callback.

        Args:
            log_dir: Where TensorBoard's logs go.
            span: What is being trained.
        """
        super().__init__(log_dir, update_freq="batch", write_graph=False)
        self._span = span
        self._written = 0  # batches whose pixel error is

    def on_train_batch_end(self, batch, logs=None):
        """Writes the batch's own figures, where Keras has the means over the epoch so far."""
        figures = {name: figure.latest()[0] for name, figure in self.model.figures.items()}
        mse = self.model.figures.get(features.MSE)
        if mse is not None:
            unwritten = mse.latest(self._global_train_batch - self._written)
            for step, value in enumerate(unwritten[:-1], self._written + 1):
                self.summary.scalar(f"batch_{features.MSE}", value, step=step)
        self._written = self._global_train_batch
        super().on_train_batch_end(batch, {**(logs or {}), **figures})

    def on_epoch_begin(self, epoch, logs=None):
        """Sets the count of batches."""
        super().on_epoch_begin(epoch, logs)
        self._global_train_batch = epoch * self._span.steps + self._span.step_offset(epoch)
        self._written = self._global_train_batch


class Warnings:
    """Writes warnings as text."""

    def __init__(self, log_dir: str):
        """Names the logs.

        Args:
            log_dir: Where TensorBoard's logs go; written to only if there is a warning.
        """
        self._log_dir = log_dir

    def tell(self, text: str, step: int) -> None:
        """Writes a warning.

        Args:
            text: What is wrong.
            step: The batch at which it was seen.
        """
        with tf.summary.create_file_writer(self._log_dir).as_default():
            tf.summary.text("warnings", text, step=step)


class PictureGrid(keras.callbacks.Callback):
    """Writes a grid of input, result and truth after every epoch."""

    def __init__(self, log_dir: str, generator: keras.Model, truth: tf.Tensor, mask: np.ndarray):
        """Prepares the grid.

        Args:
            log_dir: Where TensorBoard's logs go.
            generator: The network to show.
            truth: float32 [n, 128, 128, 3] in 0-1, whole pictures.
            mask: float32 [128, 128, 1], what of them it imagines.
        """
        super().__init__()
        self._writer = tf.summary.create_file_writer(log_dir)
        self._generator = generator
        self._masks = tf.broadcast_to(mask, [*truth.shape[:3], 1])
        self._masked = masking.hide(truth, self._masks)
        self._noise = interface.noise_for(generator, self._masks, 0)  # the same in every epoch
        self._truth = truth

    def on_epoch_end(self, epoch, logs=None):
        """Draws the grid as the generator stands."""
        result = interface.imagine(self._generator, self._masked, self._masks, self._noise)
        grid = picture_grid(self._masked, result, self._truth)
        with self._writer.as_default():
            tf.summary.image("input, result, truth", grid[None], step=epoch)
        self._writer.flush()
