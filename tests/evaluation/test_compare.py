"""A model beside the fills: figures, page and command, on real photographs."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from cli.evaluate import evaluate
from evaluation import compare, figures
from models import baselines, dataset, export, masking

VAL = Path(__file__).parents[2] / "data" / "sample" / "val"


@pytest.fixture(scope="module")
def saved_model(transform_graph: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that gives its input back: the model is mean fill."""
    inputs = keras.Input((128, 128, 3))
    outputs = keras.layers.Rescaling(1.0)(inputs)
    folder = tmp_path_factory.mktemp("serving") / "1"
    transform = dataset.load_transform(transform_graph)
    border = masking.Border(32, 32, 32, 32)
    export.save(keras.Model(inputs, outputs), transform, border, str(folder))
    return folder


@pytest.fixture(scope="module")
def output(saved_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    words = ["--model", str(saved_model.parent), "--data", str(VAL), "--images", "6"]
    done = CliRunner().invoke(evaluate, [*words, "--output", str(folder)])
    assert done.exit_code == 0, done.output
    assert "four sides" in done.output
    return folder


def test_json_has_the_model_and_every_baseline_for_both_masks(output: Path) -> None:
    content = json.loads((output / "evaluation.json").read_text())
    assert content["images"] == 6
    assert content["masks"].keys() == {"four_sides", "two_sides"}
    for part in content["masks"].values():
        assert part["baselines"].keys() == {*baselines.FILLS, *baselines.INPAINTINGS}
        for values in (part["model"], *part["baselines"].values()):
            assert values.keys() == {*figures.NAMES, "intervals"}
        # The model is mean fill, so it is measured like it.
        for name in figures.NAMES:
            assert part["model"][name] == pytest.approx(
                part["baselines"]["mean_fill"][name], rel=1e-3, abs=1e-3
            )


def test_page_needs_no_other_file_and_shows_pictures(output: Path) -> None:
    html = (output / "evaluation.html").read_text()
    sources = re.findall(r'src="([^"]{0,30})', html)
    assert len(sources) == 2 * (2 + 4)  # for each mask: two plots and four sheets
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r'(href|src)="https?:', html)
    assert "Drawn at random" in html


def test_model_and_pictures_that_are_not_there_are_clear_errors(
    saved_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    for words, message in (
        (["--model", str(tmp_path), "--data", str(VAL)], "neither a SavedModel nor"),
        (["--model", str(saved_model), "--data", str(tmp_path)], "no usable image"),
    ):
        done = CliRunner().invoke(evaluate, [*words, "--output", str(tmp_path / "out")])
        assert done.exit_code == 1
        assert message in done.output
        assert not (tmp_path / "out").exists()


def test_categories_are_told_apart(photographs: np.ndarray, saved_model: Path) -> None:
    names = ["sea"] * 5 + ["wood"] * 4
    found = compare.Pictures(photographs, names, names, {})
    model = tf.saved_model.load(str(saved_model))
    categories = compare.as_json(compare.compare(model, found))["masks"]["four_sides"]["categories"]
    assert categories.keys() == {"sea"}  # of the other there are too few
    assert categories["sea"]["images"] == 5
    border = masking.Border(32, 32, 32, 32)
    hidden = masking.border_mask(border)[..., 0] == 1
    error = (baselines.mean_fill(photographs[:5], border) - photographs[:5]).numpy()[:, hidden]
    assert categories["sea"]["psnr"] == pytest.approx(-10 * np.log10((error**2).mean()), abs=1e-3)
