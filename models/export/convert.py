"""From a SavedModel to the formats of other runtimes: TensorFlow Lite and ONNX.

What is written is run beside the SavedModel before anyone relies on it. It takes canvases of 128 x
128 pixels, and holds the noise of one seed, so that no other runtime must draw as TensorFlow does.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from models import features
from models.export import calling, noise

TOLERANCE = 1 / 255  # one level of an 8-bit picture
_OPSET = 17
_TRIAL_PICTURES = 2
_SIZE = features.IMAGE_SIZE
_SPECS = [
    tf.TensorSpec([None, _SIZE, _SIZE, features.CHANNELS], tf.float32, features.CANVASES),
    tf.TensorSpec([None, _SIZE, _SIZE, 1], tf.float32, features.MASKS),
]

_Inputs = Mapping[str, np.ndarray]
_Convert = Callable[[str], bytes]
_Run = Callable[[bytes, _Inputs], np.ndarray]


class ConversionError(RuntimeError):
    """A model could not be converted, or the result disagrees with it."""


def convert(saved_model: str, file_format: str, output: Path) -> float:
    """Converts the `outpaint` signature and checks the result.

    Inputs and output keep their names: `canvases` and `masks` to `outpainted`, any number at a
    time. Of a model that draws, the result is that of seed 0.

    Args:
        saved_model: The folder of a SavedModel.
        file_format: One of FORMATS.
        output: The file to write; only if it agrees with the SavedModel.

    Returns:
        The greatest difference from the SavedModel over trial pictures, in 0-1.

    Raises:
        ConversionError: If there is no SavedModel, a package is missing, or the results differ
            by more than TOLERANCE.
    """
    try:
        loaded = tf.saved_model.load(saved_model)
        calling.takes_seeds(loaded)  # a KeyError, where it has no such signature
    except (OSError, KeyError) as error:
        raise ConversionError(f"{saved_model}: no SavedModel of this pipeline") from error
    to_bytes, run = FORMATS[file_format]
    try:
        content = to_bytes(saved_model)
    except ImportError as error:
        raise ConversionError(f"{error}; install it with: make setup EXTRAS=export") from error
    trial = _trial()
    expected = calling.outpaint(loaded, **trial, seed=noise.SEED)
    difference = float(np.abs(run(content, trial) - expected).max())
    if not difference <= TOLERANCE:
        raise ConversionError(
            f"the {file_format} model differs from {saved_model} by {difference:.4f}, more than "
            f"{TOLERANCE:.4f}: nothing was written"
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(content)
    return difference


def _trial() -> dict[str, np.ndarray]:
    canvases = np.random.default_rng(0).random((_TRIAL_PICTURES, _SIZE, _SIZE, 3), np.float32)
    masks = np.full((_TRIAL_PICTURES, _SIZE, _SIZE, 1), features.HIDDEN, np.float32)
    masks[0, 20:90, 30:100] = features.KNOWN
    masks[1, :, : _SIZE // 2] = features.KNOWN
    return {features.CANVASES: canvases, features.MASKS: masks}


def _frozen(saved_model: str) -> tf.types.experimental.GenericFunction:
    """The signature with constants for weights: both converters trip over Keras 3's variables."""
    loaded = tf.saved_model.load(saved_model)  # kept, or its variables are gone
    constant = None
    if calling.takes_seeds(loaded):
        channels = loaded.imagine.input_signature[-1].shape[-1]
        constant = noise.alike(1, _SIZE, _SIZE, channels).numpy()

    @tf.function(input_signature=_SPECS, autograph=False)
    def of_one_size(canvases: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
        if constant is None:
            return calling.outpaint(loaded, canvases, masks)
        drawn = tf.repeat(constant, tf.shape(canvases)[0], axis=0)
        return loaded.imagine(canvases, masks, drawn)

    frozen = convert_variables_to_constants_v2(of_one_size.get_concrete_function())

    @tf.function(input_signature=_SPECS)
    def outpaint(canvases: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
        given = {features.CANVASES: canvases, features.MASKS: masks}
        (outpainted,) = frozen(*(given[tensor.name.partition(":")[0]] for tensor in frozen.inputs))
        return {features.OUTPAINTED: tf.reshape(outpainted, tf.shape(canvases))}

    return outpaint


def _to_tflite(saved_model: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        signatures = {features.OUTPAINT_SIGNATURE: _frozen(saved_model)}
        tf.saved_model.save(tf.Module(), folder, signatures=signatures)
        return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def _run_tflite(content: bytes, inputs: _Inputs) -> np.ndarray:
    interpreter = tf.lite.Interpreter(model_content=content)
    run = interpreter.get_signature_runner(features.OUTPAINT_SIGNATURE)
    return run(**inputs)[features.OUTPAINTED]


def _to_onnx(saved_model: str) -> bytes:
    import tf2onnx

    function = _frozen(saved_model)
    model, _ = tf2onnx.convert.from_function(
        function,
        function.input_signature,
        opset=_OPSET,
        # By itself it makes tf.where a weighted sum, in which 0 * NaN lets hidden pixels through.
        custom_op_handlers={"SelectV2": (lambda *_: None, ["Where"])},
    )
    return model.SerializeToString()


def _run_onnx(content: bytes, inputs: _Inputs) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run([features.OUTPAINTED], dict(inputs))[0]


FORMATS: dict[str, tuple[_Convert, _Run]] = {
    "tflite": (_to_tflite, _run_tflite),
    "onnx": (_to_onnx, _run_onnx),
}
