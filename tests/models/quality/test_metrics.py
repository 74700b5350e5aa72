"""The metrics against scikit-image's, over the hidden pixels."""

import numpy as np
import pytest
from skimage import metrics as skimage

from models import features
from models.images import masking
from models.quality import metrics

BORDERS = [masking.Border(32, 32, 32, 32), masking.Border(40, 0, 7, 21)]


@pytest.fixture(params=BORDERS, ids=str)
def mask(request: pytest.FixtureRequest) -> np.ndarray:
    return masking.border_mask(request.param)[None]


@pytest.fixture
def guesses(photographs: np.ndarray) -> np.ndarray:
    """Pictures unlike the photographs everywhere, and each in another way."""
    noise = np.random.default_rng(0).normal(0, 0.1, photographs.shape)
    strength = np.linspace(0.1, 2, len(photographs))[:, None, None, None]
    return np.clip(photographs * 0.9 + strength * noise, 0, 1).astype(np.float32)


def hidden_pixels(pictures: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return pictures[:, mask[0, ..., 0] == 1].astype(np.float64)


def test_errors_are_those_of_scikit_image(
    photographs: np.ndarray, guesses: np.ndarray, mask: np.ndarray
) -> None:
    pairs = list(zip(hidden_pixels(photographs, mask), hidden_pixels(guesses, mask), strict=True))
    squared = [skimage.mean_squared_error(*pair) for pair in pairs]
    decibel = [skimage.peak_signal_noise_ratio(*pair, data_range=1) for pair in pairs]
    absolute = [np.abs(target - guess).mean() for target, guess in pairs]
    np.testing.assert_allclose(metrics.mse(photographs, guesses, mask), squared, rtol=1e-5)
    np.testing.assert_allclose(metrics.psnr(photographs, guesses, mask), decibel, rtol=1e-5)
    np.testing.assert_allclose(metrics.l1(photographs, guesses, mask), absolute, rtol=1e-5)


def test_ssim_is_that_of_scikit_image(
    photographs: np.ndarray, guesses: np.ndarray, mask: np.ndarray
) -> None:
    # Windows of 11 pixels that lie within the picture and are centred on a hidden pixel.
    counts = mask[0, 5:-5, 5:-5, 0] == 1
    expected = []
    for target, guess in zip(photographs, guesses, strict=True):
        _, similarity = skimage.structural_similarity(
            target.astype(np.float64),
            guess.astype(np.float64),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=-1,
            full=True,
        )
        expected.append(similarity[5:-5, 5:-5][counts].mean())
    np.testing.assert_allclose(metrics.ssim(photographs, guesses, mask), expected, atol=1e-4)


def test_known_pixels_do_not_count(
    photographs: np.ndarray, guesses: np.ndarray, mask: np.ndarray
) -> None:
    changed = np.where(mask == 0, 1 - guesses, guesses)
    for metric in (metrics.mse, metrics.l1, metrics.psnr):
        before = metric(photographs, guesses, mask)
        np.testing.assert_array_equal(metric(photographs, changed, mask), before)


def test_perfect_picture(photographs: np.ndarray, mask: np.ndarray) -> None:
    result = metrics.all_metrics(photographs, photographs, mask)
    perfect = {features.MSE: 0, features.L1: 0, features.PSNR: 100, features.SSIM: 1}
    assert tuple(result) == features.METRICS
    for name, value in perfect.items():
        assert result[name].shape == (len(photographs),)
        np.testing.assert_allclose(result[name], value, atol=1e-5)


def test_ssim_of_a_border_too_thin_for_its_windows_is_no_number(photographs: np.ndarray) -> None:
    # A figure made up in its place could pass for a measured one.
    def ssim(pixels: int) -> np.ndarray:
        mask = masking.border_mask(masking.Border(pixels, 0, 0, 0))[None]
        return metrics.ssim(photographs, photographs, mask).numpy()

    assert np.all(np.isnan(ssim(5)))
    np.testing.assert_allclose(ssim(6), 1, atol=1e-5)


def test_each_picture_may_have_its_own_mask(photographs: np.ndarray, guesses: np.ndarray) -> None:
    masks = np.stack([masking.border_mask(border) for border in BORDERS])
    together = metrics.all_metrics(photographs[:2], guesses[:2], masks)
    for index in range(2):
        one = slice(index, index + 1)
        alone = metrics.all_metrics(photographs[one], guesses[one], masks[one])
        for name in features.METRICS:
            np.testing.assert_allclose(together[name][one], alone[name], rtol=1e-5)


def test_psnr_of_a_mean_squared_error() -> None:
    assert metrics.psnr_of(0.01) == pytest.approx(20)
    np.testing.assert_allclose(metrics.psnr_of(np.array([1.0, 0.1, 1e-4])), [0, 10, 40])


def test_psnr_of_mean_error_is_not_the_mean_psnr(
    photographs: np.ndarray, guesses: np.ndarray, mask: np.ndarray
) -> None:
    # The mean of PSNRs is always the more flattering figure.
    error = metrics.mse(photographs, guesses, mask).numpy()
    of_mean = metrics.psnr_of(error.mean())
    assert of_mean == pytest.approx(10 * np.log10(1 / np.mean(error)))
    assert of_mean < metrics.psnr(photographs, guesses, mask).numpy().mean()


def test_edge_gradient_and_energy_are_of_the_pairs_they_should_be() -> None:
    # Two known rows of 0 above two hidden ones of 3 and 5.
    picture = np.repeat([0.0, 0.0, 3.0, 5.0], 4).reshape(1, 4, 4, 1).astype(np.float32)
    mask = np.repeat([0.0, 0.0, 1.0, 1.0], 4).reshape(1, 4, 4, 1).astype(np.float32)
    np.testing.assert_allclose(metrics.edge_gradient(picture, mask), [3])
    # Four steps of 2 downwards, six of none sideways.
    np.testing.assert_allclose(metrics.gradient_energy(picture, mask), [4 * 2**2 / 10])


def test_a_seam_and_a_blur_show(photographs: np.ndarray, mask: np.ndarray) -> None:
    seamed = np.where(mask == 1, np.clip(photographs + 0.3, 0, None), photographs)
    real = metrics.edge_gradient(photographs, mask).numpy().mean()
    assert metrics.edge_gradient(seamed, mask).numpy().mean() > 2 * real
    plain = masking.hide(photographs, mask)
    sharpness = metrics.gradient_energy(plain, mask) / metrics.gradient_energy(photographs, mask)
    np.testing.assert_allclose(sharpness, 0, atol=1e-6)


def test_gradients_do_not_look_where_they_should_not(
    photographs: np.ndarray, mask: np.ndarray
) -> None:
    changed = np.where(mask == 0, 0.5, photographs)
    np.testing.assert_array_equal(
        metrics.gradient_energy(changed, mask), metrics.gradient_energy(photographs, mask)
    )
