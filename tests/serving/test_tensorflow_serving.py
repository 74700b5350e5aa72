"""The SavedModel takes the bodies that docs/serving-tensorflow.md sends to TensorFlow Serving."""

import base64
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models import features

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "serving-tensorflow.md"


@pytest.fixture(scope="module")
def loaded(drawing_model: Path):
    """A SavedModel as the Trainer exports it, loaded as where nothing of ours is."""
    import tensorflow as tf

    return tf.saved_model.load(str(drawing_model))


def body(signature: str, **values: Any) -> Mapping[str, Any]:
    """A body as the docs print it, its placeholders replaced, through JSON."""
    found = re.search(rf"<!-- {signature} -->\n```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    text = found[1]
    for name, value in values.items():
        assert text.count(f'"{name}"') == 1
        text = text.replace(f'"{name}"', json.dumps(value))
    content: Mapping[str, Any] = json.loads(text)
    return content


def predict(model: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """What `:predict` does with a body in row format."""
    import tensorflow as tf

    signature = model.signatures[request["signature_name"]]
    specs = signature.structured_input_signature[1]
    rows = request["instances"]
    assert all(row.keys() == specs.keys() for row in rows)
    inputs = {
        name: tf.constant([decoded(row[name]) for row in rows], spec.dtype)
        for name, spec in specs.items()
    }
    (name, output), *others = signature(**inputs).items()
    assert not others
    values = output.numpy()
    if name.endswith("_bytes"):
        return {"predictions": [{"b64": base64.b64encode(value).decode()} for value in values]}
    return {"predictions": values.tolist()}  # of a single output, without its name


def decoded(value: Any) -> Any:
    """An object of one member, `b64`, is binary."""
    if isinstance(value, dict):
        assert value.keys() == {"b64"}
        return base64.b64decode(value["b64"], validate=True)
    return value


def test_whole_files(loaded, photographs: np.ndarray) -> None:
    path = ROOT / "data" / "sample" / "val" / "pier" / "cold_ripple_0.jpg"
    picture = base64.b64encode(path.read_bytes()).decode()
    answer = json.loads(json.dumps(predict(loaded, body("serving_default", PICTURE=picture))))
    (prediction,) = answer["predictions"]
    with Image.open(io.BytesIO(base64.b64decode(prediction["b64"]))) as image:
        assert (image.format, image.size) == ("PNG", (128, 128))
        inside = np.asarray(image)[32:96, 32:96].astype(int)
    with Image.open(path) as image:
        known = np.asarray(image.convert("RGB").resize((128, 128), Image.Resampling.BILINEAR))
    # TensorFlow's antialiasing and Pillow's differ by a level here and there.
    assert np.abs(inside - known[32:96, 32:96]).mean() < 1


def test_canvases_and_masks(loaded, photographs: np.ndarray) -> None:
    canvas = photographs[0].astype(np.float64)
    mask = np.zeros((128, 128, 1))
    mask[:, 100:] = features.HIDDEN
    request = body("outpaint", CANVAS=canvas.tolist(), MASK=mask.tolist())
    answer = json.loads(json.dumps(predict(loaded, request)))
    result = np.array(answer["predictions"], np.float32)
    assert result.shape == (1, 128, 128, 3)
    np.testing.assert_array_equal(result[0, :, :100], photographs[0][:, :100])
    imagined = result[0, :, 100:]
    assert (imagined != photographs[0][:, 100:]).any()
    assert imagined.min() >= 0
    assert imagined.max() <= 1
