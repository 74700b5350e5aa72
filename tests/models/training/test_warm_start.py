"""Starting from the weights of a SavedModel."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.networks import interface, report, stochastic_unet, unet
from models.networks.projected_discriminator import ProjectedDiscriminator
from models.training import warm_start, weights


def test_weights_of_a_saved_model_come_back(
    small_generator: keras.Model, saved_model: Path
) -> None:
    other = keras.models.clone_model(small_generator)
    assert not np.array_equal(other.get_weights()[0], small_generator.get_weights()[0])
    warm_start.load_weights(other, str(saved_model))
    for one, same in zip(other.get_weights(), small_generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_what_ships_fits_its_networks_and_32_megabytes() -> None:
    generator, judge = stochastic_unet.build_stochastic_unet(), ProjectedDiscriminator()
    warm_start.load_weights(generator, warm_start.SHIPPED)
    assert weights.load_judge(judge, warm_start.saved_model(warm_start.SHIPPED))
    for network in (generator, judge.heads):
        assert all(np.isfinite(weight).all() for weight in network.get_weights())
    folder = Path(warm_start.saved_model(warm_start.SHIPPED))
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) <= 32e6


def test_a_unet_gives_its_weights_to_the_mean_and_its_body_to_what_draws(tmp_path: Path) -> None:
    shape = (4, 8, 8, 8, 8), (1, 1, 1, 1)
    learnt, drawing = (
        unet.build_unet_generator(*shape),
        stochastic_unet.build_stochastic_unet(*shape),
    )
    saved = tf.Module()
    saved.weights = learnt.weights
    tf.saved_model.save(saved, str(tmp_path))
    before = {id(weight): np.array(weight) for weight in drawing.weights}
    warm_start.load_weights(drawing, str(tmp_path))
    mean, body = interface.mean_of(drawing).weights, stochastic_unet.body_weights(drawing)
    expected = [*learnt.weights, *learnt.weights[:-2]]  # the body is all but the last layer
    for mine, theirs in zip([*mean, *body], expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    given = {id(weight) for weight in [*mean, *body]}
    own = [weight for weight in drawing.weights if id(weight) not in given]
    assert {weight.path.split("_")[0] for weight in own} == {"noise", "texture"}
    for weight in own:
        np.testing.assert_array_equal(weight, before[id(weight)])


def test_a_game_goes_on_with_the_judge_it_had(tmp_path: Path) -> None:
    one, other = (ProjectedDiscriminator() for _ in range(2))
    picture = {"picture": np.full((2, 64, 64, 3), 0.3), "mask": np.ones((2, 64, 64, 1))}
    assert not np.allclose(one(picture)[0], other(picture)[0])
    assert not weights.load_judge(other, str(tmp_path))  # of a model that played none
    weights.save_judge(one, str(tmp_path))
    assert weights.load_judge(other, str(tmp_path))
    for ours, theirs in zip(one(picture), other(picture), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=0.02)  # kept in half precision
    assert not weights.load_judge(report.build_discriminator(), str(tmp_path))


def test_another_judge_is_refused(tmp_path: Path) -> None:
    (tmp_path / features.JUDGE_FILE).parent.mkdir()
    np.savez(tmp_path / features.JUDGE_FILE, np.zeros(3))
    with pytest.raises(ValueError, match="of another discriminator"):
        weights.load_judge(ProjectedDiscriminator(), str(tmp_path))


def test_another_network_is_refused(saved_model: Path) -> None:
    with pytest.raises(ValueError, match="holds another network"):
        warm_start.load_weights(report.build_generator(), str(saved_model))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no SavedModel of this pipeline"):
        warm_start.load_weights(report.build_generator(), str(tmp_path))
