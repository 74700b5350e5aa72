"""A smooth fill of what is hidden, from which the generators start. Pure Keras 3."""

import keras
from keras import layers, ops

# Not `ops.image.resize`: from Keras 3.15 on it compares the size with 0, which a graph for any
# size cannot do. Public again as soon as Keras leaves unknown sizes alone.
from keras.src.backend import image

_GAIN = 3.0  # of confidence a level: with it the smooth fill keeps closest to photographs
_HALVINGS = 12  # at most: down to a single place of a canvas of 4,096 pixels
_TINY = 1e-6


@keras.saving.register_keras_serializable("outpainting")
class PyramidFill(layers.Layer):
    """Fills hidden pixels smoothly from the known ones, whatever the mask's shape.

    Known pixels are averaged at ever coarser scales, and each hidden pixel takes the finest
    average there is: pull-push interpolation (Gortler et al., "The Lumigraph", 1996). Nothing in
    it learns.
    """

    def call(self, pictures, masks):
        """Fills a batch.

        Args:
            pictures: float32 [batch, height, width, channels], of any size; the hidden pixels must
                be finite, and are not looked at.
            masks: float32 [batch, height, width, 1], 1 where hidden.

        Returns:
            float32 of the shape of `pictures`.
        """
        known = 1.0 - masks
        levels = [(pictures * known, known)]
        # Beyond a single place nothing changes; a graph for any size cannot tell, and goes on.
        while len(levels) <= _HALVINGS and _larger_than_one(levels[-1][1]):
            colours, weights = (ops.average_pool(part, 2, 2, "same") for part in levels[-1])
            gain = ops.minimum(weights * _GAIN, 1.0) / ops.maximum(weights, _TINY)
            levels.append((colours * gain, weights * gain))
        total, weight = (ops.sum(part, axis=(1, 2), keepdims=True) for part in levels[-1])
        filled = total / ops.maximum(weight, _TINY)
        for number, (colours, weights) in enumerate(reversed(levels)):
            filled = colours + (1.0 - weights) * (_doubled(filled, colours) if number else filled)
        return filled

    def compute_output_shape(self, pictures_shape, masks_shape):
        """Gives the shape of the pictures."""
        return pictures_shape


def _larger_than_one(level) -> bool:
    """Whether a level may have more than a single place."""
    return any(side is None or side > 1 for side in level.shape[1:3])


def _doubled(coarser, finer):
    """Twice the size, less a last row or column where the finer level has an odd number."""
    height, width = ops.shape(finer)[1:3]
    size = tuple(2 * side for side in ops.shape(coarser)[1:3])
    return image.resize(coarser, size, interpolation="bilinear")[:, :height, :width]
