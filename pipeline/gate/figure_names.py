"""The names of the Evaluator's figures. Light to import, for whoever shows them."""

from models import features

BEST_FILL = "best_fill"  # whichever is best on these pictures
BEST_SMOOTH_FILL = "best_smooth_fill"  # likewise, of those that draw nothing lively
IMAGES = "images"
SEAM = "seam"  # mean step across the mask's edge, as a share of the photographs'
SHARPNESS = "sharpness"  # gradient energy of hidden pixels, likewise
KERNEL = "kernel_distance"  # as models.quality.perceptual has it; not finite where not measured
SWD = "swd"  # sliced Wasserstein distance times 1000, the mean of the pyramid's levels


def psnr_key(fill: str = "") -> str:
    """Names the PSNR of the mean error, in dB.

    Args:
        fill: One of `features.FILLS`; empty for the model.

    Returns:
        The name, such as `psnr_of_mean_mse`.
    """
    return features.metric_key(features.PSNR_OF_MEAN, fill)


def gain_key(fill: str = BEST_FILL) -> str:
    """Names the model's lead in PSNR, in dB, over a fill by hand.

    Args:
        fill: One of `features.FILLS`, or the best of them, or of the smooth ones.

    Returns:
        The name, such as `psnr_gain_over_best_fill`.
    """
    return f"psnr_gain_over_{fill}"
