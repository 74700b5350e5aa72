"""What a model's means are made of."""

import numpy as np
import pytest

from pipeline.gate import image_quality


def test_only_the_last_blessed_model_may_lack_a_figure_and_none_its_own() -> None:
    whole = {name: np.array([0.25]) for name in image_quality._OUTPUTS}
    old = {name: value for name, value in whole.items() if not name.startswith("reflect_fill")}

    def means(model: str, outputs: dict) -> np.ndarray:
        combiner = image_quality._Combiner(model)
        inputs = {"predictions": {model: outputs}}
        count, sums = combiner.add_input(combiner.create_accumulator(), inputs)
        return sums / count

    assert np.all(means("candidate", whole) == 0.25)
    figures = dict(zip(image_quality._OUTPUTS, means("baseline", old), strict=True))
    for name, value in figures.items():
        assert np.isnan(value) if name.startswith("reflect_fill") else value == 0.25
    with pytest.raises(KeyError, match="reflect_fill_mse"):
        means("candidate", old)
    del old["mse"]
    with pytest.raises(KeyError, match="mse"):
        means("baseline", old)
