"""A SavedModel with the interface of ours and no network in it."""

from pathlib import Path

from serving.model.saved_model import tensorflow


def write_plain_model(folder: Path, level: float) -> None:
    """Writes a model that paints everything hidden in one level, 0-1."""
    tf = tensorflow()
    from models import features
    from models.images import masking

    class Plain(tf.Module):
        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 128, 128, 3], tf.float32, features.CANVASES),
                tf.TensorSpec([None, 128, 128, 1], tf.float32, features.MASKS),
            ]
        )
        def outpaint(self, canvases, masks):
            return {features.OUTPAINTED: masking.composite(canvases, masks, level)}

    module = Plain()
    tf.saved_model.save(module, str(folder), signatures={"outpaint": module.outpaint})
