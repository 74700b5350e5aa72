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
from evaluation import compare, figures, page, text
from models.export import saved_model as export
from models.images import fills, masking, tfrecords
from models.quality import perceptual

VAL = Path(__file__).parents[2] / "data" / "sample" / "val"


@pytest.fixture(scope="module")
def saved_model(transform_graph: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that gives its input back: the model is mean fill."""
    inputs = keras.Input((128, 128, 3))
    outputs = keras.layers.Rescaling(1.0)(inputs)
    folder = tmp_path_factory.mktemp("serving") / "1"
    transform = tfrecords.load_transform(transform_graph)
    border = masking.Border(32, 32, 32, 32)
    export.save(keras.Model(inputs, outputs), transform, border, str(folder))
    return folder


@pytest.fixture(scope="module")
def output(saved_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    words = ["--model", str(saved_model.parent), "--data", str(VAL), "--images", "6"]
    words += ["--compare", f"twin={saved_model}"]
    done = CliRunner().invoke(evaluate, [*words, "--output", str(folder)])
    assert done.exit_code == 0, done.output
    assert "four sides" in done.output
    assert "the best fill by hand" in done.output
    assert (folder / "evaluation.txt").read_text().strip() in done.output
    return folder


def test_json_has_the_model_and_every_baseline_for_every_mask(output: Path) -> None:
    content = json.loads((output / "evaluation.json").read_text())
    assert content["images"] == 6
    assert content["masks"].keys() == {"four_sides", "two_sides", "one_side"}
    assert content["reference"] is None
    assert content["photographs"].keys() == set(perceptual.NAMES)
    names = (*figures.NAMES, *figures.PERCEPTUAL_NAMES)
    for part in content["masks"].values():
        assert part["baselines"].keys() == {"twin", *fills.FILLS, *fills.INPAINTINGS}
        for values in (part["model"], *part["baselines"].values()):
            assert values.keys() == {*names, "intervals", "by_distance"}
        curves = part["model"]["by_distance"]
        assert curves.keys() == {"psnr", "chroma", "brightness"}
        assert len(set(map(len, curves.values()))) == 1
        # The model is mean fill, so it is measured like it.
        for name in names:
            assert part["model"][name] == pytest.approx(
                part["baselines"]["mean_fill"][name], rel=1e-3, abs=1e-3
            )
            assert part["model"][name] == part["baselines"]["twin"][name]
        # The twin is no fill by hand, so it is none to lead over.
        by_hand = {name: part["baselines"][name]["psnr"] for name in compare.FILLS}
        assert part["lead"]["over"] == max(by_hand, key=lambda name: by_hand[name])
        lead = part["model"]["psnr"] - max(by_hand.values())
        assert part["lead"]["psnr"] == pytest.approx(lead)
        low, high = part["lead"]["interval"]
        assert low <= lead <= high


def test_page_needs_no_other_file_and_shows_pictures(output: Path) -> None:
    html = (output / "evaluation.html").read_text()
    sources = re.findall(r'src="([^"]{0,30})', html)
    assert len(sources) == 3 * (3 + 4)  # for each mask: three plots and four sheets
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r'(href|src)="https?:', html)
    assert "Drawn at random" in html
    # What is given back as it was sees nothing but the pixel itself.
    assert "is 1 \u00d7 1 pixels (dashed)" in " ".join(html.split())
    assert "<td>twin</td>" in html


def test_model_and_pictures_that_are_not_there_are_clear_errors(
    saved_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    found = ["--model", str(saved_model), "--data", str(VAL)]
    for words, message in (
        (["--model", str(tmp_path), "--data", str(VAL)], "neither a SavedModel nor"),
        (["--model", str(saved_model), "--data", str(tmp_path)], "no usable image"),
        ([*found, "--compare", f"mean_fill={saved_model}"], "already taken"),
        ([*found, "--compare", "twin"], "write NAME=DIR"),
        ([*found, "--compare", f"a b={saved_model}"], "write NAME=DIR"),
        ([*found, *["--compare", f"twin={saved_model}"] * 2], "two models are named twin"),
        ([*found, "--reference", str(VAL)], "photographs of the reference are not among those"),
        ([*found, "--patchmatch", str(tmp_path / "python")], "python: No such file"),
        ([*found, "--fid", "--inception", str(tmp_path / "none.h5")], "none.h5: no such file"),
    ):
        done = CliRunner().invoke(evaluate, [*words, "--output", str(tmp_path / "out")])
        assert done.exit_code in (1, 2)
        assert message in done.output
        assert not (tmp_path / "out").exists()


def test_categories_are_told_apart(photographs: np.ndarray, saved_model: Path) -> None:
    names = ["sea"] * 5 + ["wood"] * 4
    found = compare.Pictures(photographs, names, names, {})
    model = tf.saved_model.load(str(saved_model))
    told: list[tuple[int, int]] = []
    comparison = compare.compare(
        model, found, watch=lambda what, done, total: told.append((done, total))
    )
    assert told == [(done, 21) for done in range(22)]  # three masks, model and six fills
    content = compare.as_json(comparison)
    categories = content["masks"]["four_sides"]["categories"]
    assert categories.keys() == {"sea"}  # of the other there are too few
    sea = categories["sea"]
    assert sea["images"] == 5
    assert sea["baselines"].keys() == set(compare.FILLS)
    for values in (sea["model"], *sea["baselines"].values()):
        low, high = values["intervals"]["psnr"]
        assert low <= values["psnr"] <= high
    html = page.html(comparison, content, model, "a model")
    assert "By category" in html
    assert "<td>sea</td><td>5</td>" in html
    assert "sea                         5 images" in text.table(content)
    border = masking.Border(32, 32, 32, 32)
    hidden = masking.border_mask(border)[..., 0] == 1
    error = (fills.mean_fill(photographs[:5], border) - photographs[:5]).numpy()[:, hidden]
    assert sea["model"]["psnr"] == pytest.approx(-10 * np.log10((error**2).mean()), abs=1e-3)
