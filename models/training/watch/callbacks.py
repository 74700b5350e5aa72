"""What a person can watch of a training: progress line, TensorBoard, warnings."""

import keras
import tensorflow as tf

from models.images import masking
from models.training.checkpoints import Span
from models.training.loop import Monitor
from models.training.watch.health import Health
from models.training.watch.progress import Progress
from models.training.watch.tensorboard import PictureGrid, TensorBoard, Warnings


def monitor(log_dir: str, pictures: tf.Tensor, border: masking.Border) -> Monitor:
    """Makes the maker of the callbacks of each phase.

    Args:
        log_dir: Where TensorBoard's logs go: a folder for each phase.
        pictures: float32 [n, 128, 128, 3] in 0-1, for the grid in TensorBoard.
        border: Pixels hidden on each side of them.

    Returns:
        What `training.train` takes.
    """
    mask = masking.border_mask(border)

    def callbacks(span: Span, generator: keras.Model) -> list[keras.callbacks.Callback]:
        folder = f"{log_dir}/{span.phase}"
        watchers = [
            Health(span.phase, Warnings(folder).tell, span.steps_before),
            TensorBoard(folder, span),
            Progress(span),
        ]
        if span.phase != "discriminator":  # the generator's pictures do not change there
            watchers.append(PictureGrid(folder, generator, pictures, mask))
        return watchers

    return callbacks
