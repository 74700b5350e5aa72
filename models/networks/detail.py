"""Fine detail for what a network trained on pixel error leaves smooth. Pure Keras 3.

Least error is reached by the mean of all that could be there, which has no texture. The detail
of what is known, mirrored outwards at its edges, has the texture of this very photograph: it is
borrowed, at a strength that trades error for likeness (docs/experiments.md).
"""

import keras
from keras import layers, ops

_COARSE = 4  # what a picture of a quarter of the size still shows is not detail


@keras.saving.register_keras_serializable("outpainting")
class BorrowedDetail(layers.Layer):
    """Adds mirrored fine detail to hidden pixels.

    Detail is the finest two octaves of a Laplacian pyramid (Burt & Adelson, "The Laplacian
    Pyramid as a Compact Image Code", 1983). Nothing in it learns.
    """

    def __init__(self, strength: float, **options):
        """Sets how much is added.

        Args:
            strength: Of the detail's contrast, 0 to 1.
            **options: As for any layer.
        """
        super().__init__(**options)
        self.strength = strength

    def call(self, imagined, pictures, masks):
        """Adds detail to a batch.

        Args:
            imagined: float32 [batch, size, size, channels], the pictures as imagined so far.
            pictures: float32 of the same shape; hidden pixels must be finite, and are not
                looked at. size is divisible by 4.
            masks: float32 [batch, size, size, 1], 1 where hidden.

        Returns:
            float32 of the same shape; only hidden pixels differ from `imagined`.
        """
        mirrored = mirror(ops.where(masks > 0.5, imagined, pictures), masks)
        smooth = ops.average_pool(mirrored, _COARSE, _COARSE)
        smooth = ops.image.resize(smooth, mirrored.shape[1:3], interpolation="bilinear")
        return imagined + self.strength * masks * (mirrored - smooth)

    def get_config(self) -> dict:
        """Gives what the layer is made again from."""
        return {**super().get_config(), "strength": self.strength}


def mirror(pictures, masks):
    """Mirrors the known rectangle of pictures at its edges, as often as it takes.

    Args:
        pictures: float32 [batch, size, size, channels].
        masks: float32 [batch, size, size, 1], 1 where hidden.

    Returns:
        float32 of the shape of `pictures`; the same where no whole row or column is hidden.
    """
    known = masks[..., 0] < 0.5
    rows = _folded(ops.any(known, axis=2))[:, :, None, None]
    columns = _folded(ops.any(known, axis=1))[:, None, :, None]
    return ops.take_along_axis(ops.take_along_axis(pictures, rows, axis=1), columns, axis=2)


def _folded(known):
    """Of bool [batch, size], true where known: the place each place shows, int32."""
    size = known.shape[1]
    known = ops.cast(known, "int32")
    first = ops.argmax(known, axis=1)[:, None]
    length = size - first - ops.argmax(ops.flip(known, axis=1), axis=1)[:, None]
    away = ops.mod(ops.arange(size, dtype="int32")[None] - first, 2 * length)
    return first + ops.minimum(away, 2 * length - 1 - away)
