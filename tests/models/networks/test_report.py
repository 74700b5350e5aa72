"""Both networks against the report's tables."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
from keras import layers

from models.networks import report
from models.training.adversarial import phases

Row = tuple  # what a layer is and what sets it apart


def table(network: keras.Model) -> list[Row]:
    """Describes every layer but the input."""
    return [_row(layer) for layer in network.layers[1:]]


def _row(layer: keras.Layer) -> Row:
    match layer:
        case layers.Conv2DTranspose() | layers.Conv2D():
            kind = "transposed" if isinstance(layer, layers.Conv2DTranspose) else "conv"
            assert layer.padding == "same"
            assert layer.use_bias
            kernel, stride, rate = layer.kernel_size, layer.strides, layer.dilation_rate
            assert len({kernel, kernel[::-1]}) == len({stride, stride[::-1]}) == 1
            activation = layer.activation.__name__
            return kind, layer.filters, kernel[0], stride[0], rate[0], activation
        case layers.Dense():
            return "dense", layer.units, layer.activation.__name__
        case layers.LeakyReLU():
            return "leaky", layer.negative_slope
        case layers.Dropout():
            return "dropout", layer.rate
        case layers.BatchNormalization():
            return "norm", layer.momentum
        case layers.Flatten():
            return ("flatten",)
    raise AssertionError(f"no such layer in the report: {layer}")


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    return report.build_generator()


@pytest.fixture(scope="module")
def discriminator() -> keras.Model:
    return report.build_discriminator()


def test_generator_is_the_reports(generator: keras.Model) -> None:
    norm = ("norm", 0.99)
    assert table(generator) == [
        # kind, filters, kernel, stride, dilation, activation
        *[("conv", 64, 5, 1, 1, "relu"), norm],
        *[("conv", 128, 3, 2, 1, "relu"), norm],
        *[("conv", 256, 3, 1, 1, "relu"), norm],
        *[("conv", 256, 3, 1, 2, "relu"), norm],
        *[("conv", 256, 3, 1, 4, "relu"), norm],
        *[("conv", 256, 3, 1, 8, "relu"), norm],
        *[("conv", 256, 3, 1, 1, "relu"), norm],
        ("transposed", 128, 4, 2, 1, "relu"),  # not normalised
        *[("conv", 64, 3, 1, 1, "relu"), norm],
        ("conv", 3, 3, 1, 1, "sigmoid"),
    ]


def test_discriminator_is_the_reports(discriminator: keras.Model) -> None:
    after = [("leaky", 0.2), ("dropout", 0.25)]
    norm = ("norm", 0.99)
    assert table(discriminator) == [
        *[("conv", 32, 5, 2, 1, "linear"), *after],  # not normalised
        *[("conv", 64, 5, 2, 1, "linear"), *after, norm],
        *[("conv", 64, 5, 2, 1, "linear"), *after, norm],
        *[("conv", 64, 5, 2, 1, "linear"), *after, norm],
        *[("conv", 64, 5, 2, 1, "linear"), *after, norm],
        ("flatten",),
        ("dense", 512, "relu"),
        ("dense", 1, "linear"),  # its sigmoid is in the loss
    ]


def test_layers_follow_one_another(generator: keras.Model, discriminator: keras.Model) -> None:
    # No skips: the tables above leave nothing out.
    for network in (generator, discriminator):
        for before, after in zip(network.layers, network.layers[1:], strict=False):
            assert after.input is before.output


def test_parameter_counts_are_the_reports(
    generator: keras.Model, discriminator: keras.Model
) -> None:
    assert generator.count_params() == 3_340_291
    assert discriminator.count_params() == 887_425
    both = phases.GeneratorPhase(generator, discriminator)  # the discriminator is frozen
    assert sum(weight.shape.num_elements() for weight in both.trainable_weights) == 3_337_219
    assert sum(weight.shape.num_elements() for weight in both.weights) == 4_227_716


def test_pictures_in_pictures_out_within_0_and_1(
    generator: keras.Model, photographs: np.ndarray
) -> None:
    extremes = np.stack([photographs[0], np.where(photographs[1] > 0.5, 1e4, -1e4)])
    result = generator.predict_on_batch(extremes)
    assert result.shape == (2, 128, 128, 3)
    assert result.dtype == np.float32
    assert 0 <= result.min() < result.max() <= 1


def test_discriminator_gives_a_logit_a_picture(
    discriminator: keras.Model, photographs: np.ndarray
) -> None:
    result = discriminator.predict_on_batch(photographs)
    assert result.shape == (len(photographs), 1)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert result.min() < result.max()


def test_dilation_rates_can_be_chosen_at_no_cost() -> None:
    other = report.build_generator(dilation_rates=[3, 1, 5, 2, 7])
    rates = [row[4] for row in table(other) if row[:2] == ("conv", 256)]
    assert rates == [3, 1, 5, 2, 7]
    assert other.count_params() == 3_340_291


@pytest.mark.parametrize("rates", [(), (1, 2, 4, 8), (1, 2, 4, 8, 8, 1)])
def test_wrong_number_of_dilation_rates_is_an_error(rates: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="dilation_rates needs 5 rates"):
        report.build_generator(rates)


@pytest.mark.parametrize("build", [report.build_generator, report.build_discriminator])
def test_momentum_reaches_every_norm(build) -> None:
    rows = table(build(batch_norm_momentum=0.8))
    assert {row for row in rows if row[0] == "norm"} == {("norm", 0.8)}


@pytest.fixture
def bfloat16() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.usefixtures("bfloat16")
@pytest.mark.parametrize("build", [report.build_generator, report.build_discriminator])
def test_results_are_float32_in_mixed_precision(build) -> None:
    network = build()
    assert network.output.dtype == "float32"
    assert network.layers[1].output.dtype == "bfloat16"
