"""FID and KID: the network, and what happens where there is none to see with."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.quality import distances, inception


def test_missing_weights_are_refused_with_file_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(inception.WeightsError) as error:
        inception.find_weights()
    assert str(tmp_path / "models" / inception.WEIGHTS_FILE) in str(error.value)
    assert "nothing is downloaded" in str(error.value)
    file = tmp_path / "models" / inception.WEIGHTS_FILE
    file.parent.mkdir()
    file.write_bytes(b"not weights")
    assert inception.find_weights() == file
    with pytest.raises(inception.WeightsError, match="not the weights of InceptionV3") as error:
        inception.Inception(file)
    assert str(file) in str(error.value)
    with pytest.raises(inception.WeightsError, match="elsewhere"):
        inception.find_weights(tmp_path / "elsewhere")


def test_the_network_sees_pictures_as_keras_prepares_them(
    photographs: np.ndarray, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    file = tmp_path / "inception.weights.h5"
    network.save_weights(file)
    found = inception.Inception(file).features(photographs[:3])
    assert found.shape == (3, 2048)
    larger = keras.ops.image.resize(photographs[:3] * 255, (299, 299))
    prepared = keras.applications.inception_v3.preprocess_input(np.array(larger))
    np.testing.assert_allclose(found, network(prepared, training=False), rtol=1e-3, atol=1e-5)
    apart = inception.Inception(file).distances(found, found[::-1] + 1)
    assert apart["fid"] == pytest.approx(distances.frechet_distance(found, found + 1), rel=1e-6)
    assert apart["kid"] == pytest.approx(distances.kernel_distance(found, found + 1), rel=1e-6)
