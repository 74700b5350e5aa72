"""From image bytes to what the networks see: decode, crop, resize, scale, mask.

Transform runs `preprocessing_fn`; serving calls the same functions. Graph only: nothing here
needs a pass over the data, so nothing is materialised.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from models import features
from models.images import masking


def decode_images(image_bytes: tf.Tensor, size: int = features.IMAGE_SIZE) -> tf.Tensor:
    """Decodes a batch of image files of any sizes to squares of one size.

    Args:
        image_bytes: string [batch], each a JPEG, PNG, BMP or GIF (its first frame).
        size: Pixels a side.

    Returns:
        float32 [batch, size, size, 3] in 0-1.
    """

    def decode(data: tf.Tensor) -> tf.Tensor:
        image = tf.io.decode_image(data, features.CHANNELS, expand_animations=False)
        return resize(image, size)

    spec = tf.TensorSpec([size, size, features.CHANNELS], tf.float32)
    return tf.map_fn(decode, image_bytes, fn_output_signature=spec)


def resize(image: tf.Tensor, size: int = features.IMAGE_SIZE) -> tf.Tensor:
    """Crops the centre to a square and scales it, with antialiasing.

    Args:
        image: uint8 [height, width, 3], of any size.
        size: Pixels a side.

    Returns:
        float32 [size, size, 3] in 0-1.
    """
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    side = tf.minimum(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    scaled = tf.image.resize(tf.cast(square, tf.float32), (size, size), antialias=True)
    scaled.set_shape([size, size, features.CHANNELS])
    return tf.clip_by_value(scaled / 255.0, 0.0, 1.0)


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Defines the transform graph for TFX's Transform.

    Args:
        inputs: Raw features; only the image is used.
        custom_config: `border`: pixels hidden left, right, top and bottom; `crop`: whether
            training cuts random squares out.

    Returns:
        The whole pictures and the same with their border filled, each float32
        [batch, 128, 128, 3] in 0-1; for crops, the whole pictures a little larger, too.
    """
    mask = masking.border_mask(masking.Border(*custom_config["border"]))
    image_bytes = tf.reshape(inputs[features.IMAGE], [-1])
    targets = decode_images(image_bytes)
    outputs = {features.TARGET: targets, features.MASKED: masking.hide(targets, mask)}
    if custom_config["crop"]:
        outputs[features.SCENE] = decode_images(image_bytes, features.SCENE_SIZE)
    return outputs
