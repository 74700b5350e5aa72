"""A SavedModel that draws one of many results, with no network in it."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from models import features
from models.images import masking


class Drawing(tf.Module):
    """Paints hidden pixels in the known ones' mean, a little lighter or darker by the seed."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 128, 128, 3], tf.float32, features.CANVASES),
            tf.TensorSpec([None, 128, 128, 1], tf.float32, features.MASKS),
            tf.TensorSpec([None], tf.int64, features.SEEDS),
        ]
    )
    def outpaint(self, canvases: Any, masks: Any, seeds: Any) -> Any:
        def drawn(seed: Any) -> Any:
            return tf.random.stateless_normal([1, 1, 1], tf.stack([seed, 0]), stddev=0.1)

        shifts = tf.map_fn(drawn, seeds, fn_output_signature=tf.float32)
        filled = masking.mean_of_known(canvases, masks) + shifts
        return {features.OUTPAINTED: masking.composite(canvases, masks, filled)}


def load(folder: Path) -> Any:
    """Writes it, and loads it."""
    module = Drawing()
    signatures = {features.OUTPAINT_SIGNATURE: module.outpaint}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return tf.saved_model.load(str(folder))
