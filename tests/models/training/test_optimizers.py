"""Muon against its definition in NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import devices, optimizers


def singular_values(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, compute_uv=False)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.floats(-6, 3),
    st.sampled_from(["float32", "bfloat16"]),
)
def test_orthogonal_evens_out_what_is_not_much_less_than_the_greatest(
    rows: int, columns: int, scale: float, dtype: str
) -> None:
    generator = np.random.default_rng(rows * 100 + columns)
    left, _ = np.linalg.qr(generator.normal(size=(rows, rows)))
    right, _ = np.linalg.qr(generator.normal(size=(columns, columns)))
    least = min(rows, columns)
    values = np.geomspace(1, 0.1, least)
    matrix = (left[:, :least] * values) @ right[:, :least].T * 10**scale
    result = np.asarray(optimizers.orthogonal(matrix.astype(np.float32), dtype))
    assert result.dtype == np.float32
    found = singular_values(result)
    if 10**scale > 1e-4:  # below, what keeps a division by 0 away shows
        assert 0.6 < found[-1] <= found[0] < 1.3  # bfloat16 has 8 bits
    # The same singular vectors: nothing is turned.
    inner = left[:, :least].T @ result @ right[:, :least]
    assert np.abs(inner - np.diag(np.diag(inner))).max() < (1e-3 if dtype == "float32" else 0.1)


@settings(deadline=None)
@given(st.floats(1 / 499, 1))
def test_a_singular_value_comes_close_to_1_down_to_a_500th_of_the_norm(value: float) -> None:
    rest = (1 - value**2) ** 0.5  # so that the norm is 1
    result = np.asarray(optimizers.orthogonal(np.diag(np.float32([value, rest]))))
    assert 0.68 < result[0, 0] < 1.21


def test_nothing_stays_nothing() -> None:
    np.testing.assert_array_equal(optimizers.orthogonal(np.zeros((3, 5), np.float32)), 0)


def steps_of(variable: keras.Variable, gradients: list, rate: float = 0.1) -> list[np.ndarray]:
    """What is taken off the variable, step by step."""
    optimizer = optimizers.Muon(rate)
    optimizer.build([variable])
    steps = []
    for gradient in gradients:
        before = np.array(variable)
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        steps.append(before - np.array(variable))
    return steps


@pytest.mark.parametrize("shape", [(3, 3, 8, 16), (2, 2, 12, 40), (9, 30)])
def test_a_kernels_steps_are_orthogonal_with_momentum_and_decay(shape: tuple) -> None:
    generator = np.random.default_rng(1)
    start, *gradients = generator.normal(size=(3, *shape)).astype(np.float32)
    variable = keras.Variable(start)
    rate, kernel, momentum = 0.1, start, np.zeros(shape)
    for step, gradient in zip(steps_of(variable, gradients, rate), gradients, strict=True):
        momentum = 0.95 * momentum + gradient
        ahead = (gradient + 0.95 * momentum).reshape(-1, shape[-1])
        left, _, right = np.linalg.svd(ahead, full_matrices=False)
        longer = max(1, ahead.shape[1] / ahead.shape[0]) ** 0.5
        taken = (step / rate - 0.1 * kernel).reshape(ahead.shape) / longer
        alike = left.T @ taken @ right.T  # the singular values, if the vectors are the same
        assert 0.6 < np.diag(alike).min() <= np.diag(alike).max() < 1.3
        assert np.abs(alike - np.diag(np.diag(alike))).max() < 1e-3
        kernel = kernel - step


@pytest.mark.parametrize("shape", [(16,), (4, 4, 4, 16), (4, 4, 3, 24), (3, 3, 16, 3), ()])
def test_biases_and_kernels_at_pictures_learn_by_adam_at_a_twentieth(shape: tuple) -> None:
    generator = np.random.default_rng(2)
    start, *gradients = generator.normal(size=(4, *shape)).astype(np.float32)
    adam = keras.optimizers.Adam(0.1 / 20)
    expected, variable = keras.Variable(start), keras.Variable(start)
    adam.build([expected])
    for gradient in gradients:
        adam.apply([keras.ops.convert_to_tensor(gradient)], [expected])
    steps_of(variable, gradients)
    np.testing.assert_allclose(np.array(variable), np.array(expected), atol=1e-6)


def test_it_computes_in_the_precision_that_it_was_made_in() -> None:
    generator = np.random.default_rng(3)
    start, gradient = generator.normal(size=(2, 3, 3, 16, 16)).astype(np.float32)
    found = []
    for precision in ("float32", "bfloat16"):
        with devices.precision(precision):
            (step,) = steps_of(keras.Variable(start), [gradient])
        found.append(step)
        assert step.dtype == np.float32
    assert 0 < np.abs(found[0] - found[1]).max() < 0.1 * np.abs(found[0]).max()


def test_a_network_learns_and_what_it_is_part_way_through_can_be_saved() -> None:
    generator = np.random.default_rng(4)
    pictures = generator.normal(size=(8, 16, 16, 8)).astype(np.float32)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((16, 16, 8)),
            keras.layers.Conv2D(32, 3, strides=2, padding="same"),  # as many values as go in
            keras.layers.Conv2DTranspose(8, 2, strides=2),
        ]
    )
    model.compile(optimizers.Muon(0.02), "mse")
    before = model.evaluate(pictures, pictures, verbose=0)
    model.fit(pictures, pictures, epochs=40, verbose=0)
    assert model.evaluate(pictures, pictures, verbose=0) < 0.3 * before
    weights = model.get_weights()
    state = [np.array(variable) for variable in model.optimizer.variables]
    model.train_on_batch(pictures, pictures)
    after = model.get_weights()
    model.set_weights(weights)
    for variable, value in zip(model.optimizer.variables, state, strict=True):
        variable.assign(value)
    model.train_on_batch(pictures, pictures)
    for again, once in zip(model.get_weights(), after, strict=True):
        np.testing.assert_allclose(again, once, atol=1e-6)
