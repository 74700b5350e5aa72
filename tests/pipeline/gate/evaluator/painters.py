"""Models that paint by hand, whose quality is known beforehand, and bars that tell them apart."""

from collections.abc import Callable

import tensorflow as tf

from models.images import fills, masking

BORDER = masking.Border(32, 32, 32, 32)
Fill = Callable[[tf.Tensor], tf.Tensor]
# As strict as can be, so that a test loosens what it is about.
STRICT = {
    "baseline": "best_fill",
    "min_psnr_gain": 0,
    "max_psnr_loss": 0,
    "max_kernel_rise": None,
    "max_swd_rise": 0,
}


def noise(pictures: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform(tf.shape(pictures), (1, 2))


def constant(pictures: tf.Tensor) -> tf.Tensor:
    return tf.fill(tf.shape(pictures), 0.5)


def faded(pictures: tf.Tensor) -> tf.Tensor:
    return fills.fade_fill(pictures, BORDER)


# PSNR, SWD and seam on the ten photographs of the tests. Fade fill, the best by hand: 15.00 dB.


def mixed(pictures: tf.Tensor) -> tf.Tensor:
    """15.46, 81 and 0.1."""
    return _blend(pictures, reflect=0.3, replicate=0.3, fade=0.4)


def soft(pictures: tf.Tensor) -> tf.Tensor:
    """15.48, 111 and 0.2: a little nearer than `mixed`, and less lifelike."""
    return _blend(pictures, reflect=0.0, replicate=0.5, fade=0.5)


def plain(pictures: tf.Tensor) -> tf.Tensor:
    """15.10, 90 and 0.3: less near than `soft`, and more lifelike."""
    return _blend(pictures, reflect=0.3, replicate=0.0, fade=0.7)


def lively(pictures: tf.Tensor) -> tf.Tensor:
    """14.39 and 64: less near than fade fill, and more lifelike than all others here."""
    return _blend(pictures, reflect=0.7, replicate=0.0, fade=0.3)


def mirrored(pictures: tf.Tensor) -> tf.Tensor:
    """13.44 and 63."""
    return fills.reflect_fill(pictures, BORDER)


def ringed(pictures: tf.Tensor) -> tf.Tensor:
    """15.21, 80 and 11: `mixed`, too bright beside the known."""
    beside = masking.distance_from_known(BORDER)[..., None] == 1
    return tf.where(beside, tf.clip_by_value(mixed(pictures) + 0.3, 0.0, 1.0), mixed(pictures))


def _blend(pictures: tf.Tensor, reflect: float, replicate: float, fade: float) -> tf.Tensor:
    return (
        reflect * fills.reflect_fill(pictures, BORDER)
        + replicate * fills.replicate_fill(pictures, BORDER)
        + fade * fills.fade_fill(pictures, BORDER)
    )
