"""The generator that draws."""

import keras
import numpy as np
import pytest

from models import features
from models.images import masking
from models.networks import interface, stochastic_unet, unet


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    keras.utils.set_random_seed(0)
    return stochastic_unet.build_stochastic_unet()


def inputs(photographs: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    mask = np.repeat(masking.border_mask(masking.FOUR_SIDES)[None], len(photographs), axis=0)
    noise = np.random.default_rng(seed).normal(size=(*mask.shape[:3], 4)).astype(np.float32)
    return {features.MASKED: photographs, features.MASK: mask, features.NOISE: noise}


def test_it_has_so_many_parameters(generator: keras.Model) -> None:
    assert generator.count_params() == 11_755_679


def test_it_starts_close_to_the_mean_without_a_checkerboard(
    generator: keras.Model, photographs: np.ndarray
) -> None:
    given = inputs(photographs[:2])
    masks = given[features.MASK]
    mean = interface.imagine(interface.mean_of(generator), given[features.MASKED], masks)
    pasted = np.clip(np.where(masks > 0.5, mean, given[features.MASKED]), 0, 1)
    correction = generator(given) - pasted
    assert 0 < np.abs(correction).mean() < 0.3
    blocks = np.asarray(correction).reshape(2, 64, 2, 64, 2, 3)
    assert np.ptp(blocks, axis=(2, 4)).max() < 1e-5


def test_other_noise_gives_another_result_and_the_same_the_same(
    generator: keras.Model, photographs: np.ndarray
) -> None:
    first, again, other = (generator(inputs(photographs[:1], seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


@pytest.mark.parametrize("size", [(128, 192), (64, 128), (96, 96)])
def test_canvases_of_any_multiple_of_32(generator: keras.Model, size: tuple[int, int]) -> None:
    shapes = {features.MASKED: 3, features.MASK: 1, features.NOISE: 4}
    given = {name: np.zeros((1, *size, channels), np.float32) for name, channels in shapes.items()}
    assert generator(given).shape == (1, *size, 3)


def test_the_mean_stays_as_it_is_while_the_game_is_played(generator: keras.Model) -> None:
    mean = interface.mean_of(generator)
    learnt = {id(variable) for variable in generator.trainable_variables}
    assert len(learnt) == len(generator.weights) - len(mean.weights)
    assert not learnt & {id(variable) for variable in mean.weights}
    assert sum(np.prod(variable.shape) for variable in generator.trainable_variables) == 5_923_420


def test_noise_is_drawn_for_a_generator_that_wants_it(generator: keras.Model) -> None:
    masks = np.zeros((2, 64, 96, 1), np.float32)
    noise = np.asarray(interface.noise_for(generator, masks, seed=3))
    assert noise.shape == (2, 64, 96, 4)
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 1) < 0.05
    np.testing.assert_array_equal(noise, interface.noise_for(generator, masks, seed=3))
    assert interface.noise_for(unet.build_unet_generator(), masks, seed=3) is None


def test_halved_noise_is_as_white_as_before() -> None:
    noise = np.random.default_rng(0).normal(size=(4, 64, 64, 4)).astype(np.float32)
    halved = np.asarray(stochastic_unet.CoarserNoise()(noise))
    assert halved.shape == (4, 32, 32, 4)
    assert abs(halved.std() - 1) < 0.03
    neighbours = np.corrcoef(halved[:, :-1].ravel(), halved[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.05


def test_depth_to_space_puts_channels_side_by_side() -> None:
    values = np.arange(12, dtype=np.float32).reshape(1, 1, 1, 12)
    spread = np.asarray(stochastic_unet.DepthToSpace()(values))
    assert spread.shape == (1, 2, 2, 3)
    assert spread[0, 0, 1].tolist() == [3, 4, 5]
    assert spread[0, 1, 0].tolist() == [6, 7, 8]
