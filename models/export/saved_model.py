"""The SavedModel: what a trained generator offers the world. Knows no TFX."""

import keras
import tensorflow as tf

from models import features
from models.export import noise
from models.images import fills, masking, preprocessing, tfrecords
from models.networks import interface
from models.quality import metrics

_SIZE = features.IMAGE_SIZE


class OutpaintingModule(tf.Module):
    """A generator with the signatures that go into a SavedModel."""

    def __init__(
        self, generator: keras.Model, transform: tfrecords.Transform, border: masking.Border
    ):
        """Wraps a generator.

        Args:
            generator: From masked pictures to whole ones.
            transform: The transform graph as a layer, from raw features to transformed ones.
            border: Pixels hidden on each side, where the caller gives no mask.
        """
        super().__init__()
        self.generator = generator
        self.transform = transform
        self.weights = list(generator.weights)  # in order, for trainings that start from them
        self._border = border
        self._mask = masking.border_mask(border)[None]
        self._channels = interface.noise_channels(generator)
        sides = (None, None) if interface.takes_any_size(generator) else (_SIZE, _SIZE)

        def pixels(channels: int, name: str) -> tf.TensorSpec:
            return tf.TensorSpec([None, *sides, channels], tf.float32, name)

        specs = [pixels(features.CHANNELS, features.CANVASES), pixels(1, features.MASKS)]
        if self._channels:
            # By itself, too, for runtimes that cannot draw.
            self.imagine = tf.function(
                self._outpaint,
                input_signature=[*specs, pixels(self._channels, features.NOISE)],
                autograph=False,
            )
            self.mean = tf.function(self._mean_of, input_signature=list(specs), autograph=False)
            specs.append(tf.TensorSpec([None], tf.int64, features.SEEDS))
        self.outpaint = tf.function(self._outpainted, input_signature=specs, autograph=False)

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, features.IMAGE_BYTES)], autograph=False
    )
    def serve(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Hides the border of pictures and imagines it anew.

        Args:
            image_bytes: string [batch], JPEG, PNG, BMP or GIF of any size; the centre square
                is taken.

        Returns:
            `outpainted_bytes`: string [batch], PNGs of 128 x 128 pixels.
        """
        pictures = preprocessing.decode_images(image_bytes)
        result = self._outpaint(pictures, tf.constant(self._mask))
        pixels = tf.cast(tf.round(result * 255.0), tf.uint8)
        encoded = tf.map_fn(tf.io.encode_png, pixels, fn_output_signature=tf.string)
        return {features.OUTPAINTED_BYTES: encoded}

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, features.EXAMPLES)], autograph=False
    )
    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Measures the generator, and the fills by hand, on whole pictures.

        Args:
            examples: string [batch], serialized tf.Examples as ImageExampleGen writes them.

        Returns:
            By `features.metric_key`, float32 [batch], over the hidden pixels; and `pictures`,
            uint8 [batch, 2, 128, 128, 3], for what can only be measured on a whole set: each
            photograph, and the same as outpainted.
        """
        transformed = self.transform(tfrecords.parse(examples))
        targets, masked = transformed[features.TARGET], transformed[features.MASKED]
        mask = tf.constant(self._mask)  # once: each use of an array writes it into the graph anew
        guesses = {"": self._imagined(masked, mask)}
        guesses |= {name: fill(targets, self._border) for name, fill in fills.FILLS.items()}
        wholes = {name: masking.composite(targets, mask, guess) for name, guess in guesses.items()}
        measured = {
            name: metrics.all_metrics(targets, whole, mask) for name, whole in wholes.items()
        }
        measured[features.REAL] = metrics.gradients(targets, mask)
        measured[""] |= metrics.gradients(wholes[""], mask)
        outputs = {
            features.metric_key(metric, name): value
            for name, values in measured.items()
            for metric, value in values.items()
        }
        pair = tf.stack([targets, wholes[""]], axis=1)
        levels = tf.cast(tf.round(tf.clip_by_value(pair, 0.0, 1.0) * 255.0), tf.uint8)
        return {**outputs, features.PICTURES: levels}

    def _outpainted(
        self, canvases: tf.Tensor, masks: tf.Tensor, seeds: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """Imagines the masked pixels of canvases: the signature `outpaint`.

        Args:
            canvases: float32 [batch, height, width, 3] in 0-1; masked pixels are not looked at.
                128 x 128, or of any size in multiples of 32 where the generator takes any.
            masks: float32 [batch, height, width, 1], 1 where a pixel is to be imagined.
            seeds: int64 [batch], of a generator that draws: each picture follows from its own.

        Returns:
            `outpainted`: float32 of the shape of `canvases`, known pixels exactly as given.
        """
        if seeds is None:
            return {features.OUTPAINTED: self._outpaint(canvases, masks)}
        drawn = noise.from_seeds(seeds, *_sides(canvases), self._channels)
        return {features.OUTPAINTED: self.imagine(canvases, masks, drawn)}

    def _mean_of(self, canvases: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
        """Gives the mean of what the masked pixels may be: the signature `mean`.

        Arguments and result as for `_outpainted`, without seeds.
        """
        mean = interface.mean_of(self.generator)
        imagined = interface.imagine(mean, masking.hide(canvases, masks), masks)
        return {features.OUTPAINTED: masking.composite(canvases, masks, imagined)}

    def _outpaint(
        self, pictures: tf.Tensor, masks: tf.Tensor, drawn: tf.Tensor | None = None
    ) -> tf.Tensor:
        imagined = self._imagined(masking.hide(pictures, masks), masks, drawn)
        return masking.composite(pictures, masks, imagined)

    def _imagined(
        self, masked: tf.Tensor, masks: tf.Tensor, drawn: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Runs the generator; without noise given, one picture has one result."""
        batch = tf.shape(masked)[0]
        masks = tf.broadcast_to(masks, [batch, *masks.shape[1:]]) if masks.shape[0] == 1 else masks
        if self._channels and drawn is None:
            drawn = noise.alike(batch, *_sides(masked), self._channels)
        return interface.imagine(self.generator, masked, masks, drawn)


def _sides(pictures: tf.Tensor) -> tuple[int | tf.Tensor, int | tf.Tensor]:
    """Height and width: integers where they are known as the graph is made."""
    known, found = pictures.shape[1:3], tf.shape(pictures)[1:3]
    height, width = (side or found[axis] for axis, side in enumerate(known))
    return height, width


def save(
    generator: keras.Model, transform: tfrecords.Transform, border: masking.Border, folder: str
) -> None:
    """Writes a SavedModel.

    Args:
        generator: From masked pictures to whole ones.
        transform: The transform graph as a layer.
        border: Pixels hidden on each side, where the caller gives no mask.
        folder: Where to.
    """
    module = OutpaintingModule(generator, transform, border)
    signatures = {
        features.SERVING_SIGNATURE: module.serve,
        features.OUTPAINT_SIGNATURE: module.outpaint,
        features.EVALUATE_SIGNATURE: module.evaluate,
    }
    if interface.takes_noise(generator):
        signatures[features.MEAN_SIGNATURE] = module.mean
    tf.saved_model.save(module, folder, signatures=signatures)
