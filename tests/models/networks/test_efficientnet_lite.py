"""Frozen features, and the reader of their weights."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from skimage import data, transform

from models.networks import efficientnet_lite

CLASSES = {"chelsea": {281, 282, 285}, "coffee": {967, 968, 504}, "rocket": {657, 744}}


@pytest.mark.parametrize("variant", [0, 2])
def test_it_names_photographs(variant: int) -> None:
    network = efficientnet_lite.classifier(variant)
    names = ["chelsea", "coffee", "rocket"]
    pictures = np.stack(
        [transform.resize(getattr(data, name)(), (224, 224), anti_aliasing=True) for name in names]
    )
    found = np.argsort(network.predict_on_batch(pictures.astype(np.float32)))[:, -3:]
    for name, best in zip(names, found, strict=True):
        assert CLASSES[name] & set(best.tolist())


def test_features_have_the_strides_asked_for_and_do_not_learn(photographs: np.ndarray) -> None:
    network = efficientnet_lite.network(0, (4, 32))
    fine, coarse = network(photographs[:2])
    assert fine.shape[:3] == (2, 32, 32)
    assert coarse.shape[:3] == (2, 4, 4)
    assert not network.trainable_weights


def test_its_layers_have_names_that_keras_takes_on_pytorch() -> None:
    # PyTorch's modules refuse a dot, Keras a slash.
    names = [layer.name for layer in efficientnet_lite.classifier(0).layers]
    assert not [name for name in names if "." in name or "/" in name]


class Malicious:
    def __reduce__(self):
        return Path, ("anything",)


def test_a_file_that_holds_anything_but_tensors_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    for value in (1, 2, 3, {"weight": Malicious()}):
        pickle.dump(value, content, 2)
    path = tmp_path / "bad.pth"
    path.write_bytes(content.getvalue())
    with pytest.raises(pickle.UnpicklingError, match="has no place in weights"):
        efficientnet_lite.read_state(path)


def test_a_file_cut_short_is_an_error(tmp_path: Path) -> None:
    whole = efficientnet_lite.weights_file(0).read_bytes()
    path = tmp_path / "short.pth"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="ends too soon"):
        efficientnet_lite.read_state(path)
