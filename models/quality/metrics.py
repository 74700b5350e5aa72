"""Image metrics over the hidden pixels, one value a picture. TensorFlow, for graphs."""

import numpy as np
import tensorflow as tf

from models import features

_SSIM_WINDOW = 11  # pixels, Gaussian with sigma 1.5: the constants of Wang et al. 2004


def mse(targets: tf.Tensor, generated: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Mean squared error over the hidden pixels.

    Args:
        targets: float32 [batch, height, width, channels] in 0-1.
        generated: float32, the same shape and range.
        masks: float32 [batch or 1, height, width, 1], 1 where hidden.

    Returns:
        float32 [batch].
    """
    return _hidden_mean(tf.square(targets - generated), masks)


def l1(targets: tf.Tensor, generated: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Mean absolute error over the hidden pixels. Arguments and result as for `mse`."""
    return _hidden_mean(tf.abs(targets - generated), masks)


def psnr_of(mean_squared_error):
    """Peak signal-to-noise ratio in dB of a mean squared error, for values in 0-1.

    Of a data set, give the mean of the pictures' errors: the mean of their PSNRs is another
    figure, which rewards a few near-perfect pictures.

    Args:
        mean_squared_error: float or array, above 0.

    Returns:
        float or array of the same shape: -10 log10 of it.
    """
    return -10.0 * np.log10(mean_squared_error)


def psnr(targets: tf.Tensor, generated: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """PSNR in dB over the hidden pixels, at most 100. Arguments and result as for `mse`."""
    error = tf.maximum(mse(targets, generated, masks), 1e-10)  # a perfect picture has no log
    return -10.0 * tf.math.log(error) / tf.math.log(10.0)


def ssim(targets: tf.Tensor, generated: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Structural similarity (Wang et al. 2004), averaged over windows centred on hidden pixels.

    Windows must lie within the picture, so the outermost 5 pixels centre none.

    Args:
        targets: float32 [batch, height, width, channels] in 0-1.
        generated: float32, the same shape and range.
        masks: float32 [batch or 1, height, width, 1], 1 where hidden.

    Returns:
        float32 [batch], 1 for equal pictures; NaN where no window is centred on a hidden pixel.
    """
    similarity = tf.image.ssim(
        targets, generated, max_val=1.0, filter_size=_SSIM_WINDOW, return_index_map=True
    )
    margin = _SSIM_WINDOW // 2
    return _hidden_mean(similarity[..., None], masks[:, margin:-margin, margin:-margin])


def edge_gradient(pictures: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Mean step across the mask's edge: between each known pixel and its hidden neighbours.

    Of a generated picture against the photograph's own it tells whether a seam shows: 1 is as in
    the photograph, above that a seam, below it a smear.

    Args:
        pictures: float32 [batch, height, width, channels] in 0-1, the known pixels pasted in.
        masks: float32 [batch or 1, height, width, 1], 1 where hidden.

    Returns:
        float32 [batch]: the mean absolute difference.
    """
    return _mean_over_neighbours(tf.abs, pictures, masks, hidden=1)


def gradient_energy(pictures: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Mean squared difference between neighbours that are both hidden.

    Of generated pictures against photographs it tells how sharp they are: 1 is as sharp, near 0
    is plain.

    Args:
        pictures: As for `edge_gradient`.
        masks: As for `edge_gradient`.

    Returns:
        float32 [batch].
    """
    return _mean_over_neighbours(tf.square, pictures, masks, hidden=2)


def _mean_over_neighbours(measure, pictures: tf.Tensor, masks: tf.Tensor, hidden: int) -> tf.Tensor:
    """Averages over the pairs of neighbours of which so many are hidden."""
    total = count = 0.0
    for earlier, later in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None), slice(None), slice(None, -1)), (slice(None), slice(None), slice(1, None))),
    ):
        chosen = tf.cast(tf.equal(masks[earlier] + masks[later], hidden), pictures.dtype)
        steps = measure(pictures[later] - pictures[earlier])
        total += tf.reduce_sum(steps * chosen, axis=(1, 2, 3))
        count += tf.reduce_sum(chosen, axis=(1, 2, 3)) * pictures.shape[-1]
    return total / count


def all_metrics(targets: tf.Tensor, generated: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
    """Every metric of `features.METRICS`. Arguments as for `mse`.

    Returns:
        By name, float32 [batch].
    """
    functions = {features.MSE: mse, features.L1: l1, features.PSNR: psnr, features.SSIM: ssim}
    return {name: functions[name](targets, generated, masks) for name in features.METRICS}


def gradients(pictures: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
    """Both metrics of `features.GRADIENTS`. Arguments as for `edge_gradient`.

    Returns:
        By name, float32 [batch].
    """
    functions = {features.EDGE: edge_gradient, features.ENERGY: gradient_energy}
    return {name: functions[name](pictures, masks) for name in features.GRADIENTS}


def _hidden_mean(values: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    channels = tf.cast(tf.shape(values)[-1], values.dtype)
    total = tf.reduce_sum(values * masks, axis=(1, 2, 3))
    return total / (tf.reduce_sum(masks, axis=(1, 2, 3)) * channels)
