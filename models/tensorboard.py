"""Pictures for TensorBoard: input, result and truth, side by side."""

import keras
import tensorflow as tf


def picture_grid(*columns: tf.Tensor) -> tf.Tensor:
    """Lays batches of pictures out side by side, one row a picture.

    Args:
        *columns: float32 [n, height, width, 3] in 0-1 each, all of one shape.

    Returns:
        float32 [n * height, columns * width, 3].
    """
    rows = tf.concat([tf.convert_to_tensor(column) for column in columns], axis=2)
    return tf.concat(tf.unstack(rows), axis=0)


class PictureGrid(keras.callbacks.Callback):
    """Writes a grid of input, result and truth after every epoch."""

    def __init__(self, log_dir: str, generator: keras.Model, masked: tf.Tensor, truth: tf.Tensor):
        """Prepares the grid.

        Args:
            log_dir: Where TensorBoard's logs go.
            generator: The network to show.
            masked: float32 [n, 128, 128, 3] in 0-1, its inputs.
            truth: float32, the same shape and range.
        """
        super().__init__()
        self._writer = tf.summary.create_file_writer(log_dir)
        self._generator = generator
        self._masked = masked
        self._truth = truth

    def on_epoch_end(self, epoch, logs=None):
        """Draws the grid as the generator stands."""
        result = self._generator.predict_on_batch(self._masked)
        grid = picture_grid(self._masked, result, self._truth)
        with self._writer.as_default():
            tf.summary.image("input, result, truth", grid[None], step=epoch)
        self._writer.flush()
