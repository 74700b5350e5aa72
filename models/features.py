"""The vocabulary: feature keys, sizes and value ranges that every part of the project shares.

A leaf module: it imports nothing of ours, so that anything may import it.
"""

from pathlib import Path

# The model that ships, as a serving folder: versions, and beside them a card with its metrics.
PRETRAINED = Path(__file__).parent / "pretrained"

# Raw features of a tf.Example, written by ImageExampleGen.
IMAGE = "image"  # bytes: an upright RGB or grey JPEG
WIDTH = "width"  # int64: pixels, of the photograph as found, upright
HEIGHT = "height"  # int64: pixels, likewise
PATH = "path"  # bytes: where it came from, relative to the data given
CATEGORY = "category"  # bytes: scene category, empty when unknown

# Of the examples as an artifact in the metadata store: what summary.json says.
SUMMARY_PROPERTY = "summary"

# Files beside what they tell of.
SHARDS_FILE = "shards.json"  # beside the splits: how many examples each of their files holds
DIGESTS_FILE = "digests.json"  # and a digest of what it holds
JUDGE_FILE = (
    "assets.extra/discriminator.npz"  # in a SavedModel: what a projected discriminator knows
)
GENERATOR_FILE = "generator.npz"  # weights without a SavedModel, from a training on arrays

# Features after Transform: float32 [batch, size, size, CHANNELS] in 0-1, of IMAGE_SIZE unless said.
TARGET = "target"  # the whole picture
MASKED = "masked"  # the picture with its hidden pixels filled from the known ones
SCENE = "scene"  # the picture at SCENE_SIZE, from which training may cut random squares

IMAGE_SIZE = 128  # pixels a side of what the networks see
SCENE_SIZE = 144
MULTIPLE = 32  # of which both sides of a canvas are, where a network takes any size
CHANNELS = 3

MASK = "mask"  # beside them in training: which pixels are hidden
NOISE = "noise"  # and what chance there is, for a generator that draws
PICTURE = "picture"  # what a discriminator judges
# A mask is float32 [..., height, width, 1]: 1 where a pixel is hidden, 0 where it is known.
HIDDEN = 1.0
KNOWN = 0.0

# Splits of the examples, by the names TFX expects.
TRAIN_SPLIT = "train"
EVAL_SPLIT = "eval"

# What the Trainer and the Tuner are told, in TFX's custom_config.
CONFIG_KEY = "config"  # all settings, as JSON
CODE_KEY = "code"  # a hash of the source, so that the cache sees its changes
WORK_KEY = "work"  # the folder in which working folders are made

# Signatures of the SavedModel and the keys of their inputs and outputs.
SERVING_SIGNATURE = "serving_default"
OUTPAINT_SIGNATURE = "outpaint"
MEAN_SIGNATURE = "mean"  # only of models that draw one of many results
EVALUATE_SIGNATURE = "evaluate"
IMAGE_BYTES = "image_bytes"
OUTPAINTED_BYTES = "outpainted_bytes"
CANVASES = "canvases"
MASKS = "masks"
SEEDS = "seeds"  # int64 [batch]: only of models that draw one of many results
OUTPAINTED = "outpainted"
EXAMPLES = "examples"

# Outputs of the evaluate signature are named METRIC for the model and FILL_METRIC for a fill
# by hand, such as fade_fill_mse.
MSE = "mse"
L1 = "l1"
PSNR = "psnr"
SSIM = "ssim"
METRICS = (MSE, L1, PSNR, SSIM)
MEAN_FILL = "mean_fill"
REPLICATE_FILL = "replicate_fill"
REFLECT_FILL = "reflect_fill"
FADE_FILL = "fade_fill"
FILLS = (MEAN_FILL, REPLICATE_FILL, REFLECT_FILL, FADE_FILL)
SMOOTH_FILLS = (MEAN_FILL, REPLICATE_FILL, FADE_FILL)
# Over many pictures, in dB: of their mean error. The mean of their PSNRs is another figure.
PSNR_OF_MEAN = "psnr_of_mean_mse"
# Beside them, of the model and, as real_METRIC, of the photographs themselves:
EDGE = "edge_gradient"
ENERGY = "gradient_energy"
GRADIENTS = (EDGE, ENERGY)
REAL = "real"
PICTURES = "pictures"  # uint8 [batch, 2, size, size, 3]: the photograph, and what the model made


def metric_key(metric: str, fill: str = "") -> str:
    """Names an output of the evaluate signature.

    Args:
        metric: One of METRICS or GRADIENTS.
        fill: One of FILLS, REAL, or empty for the model itself.

    Returns:
        The key, such as `mse` or `mean_fill_mse`.
    """
    return f"{fill}_{metric}" if fill else metric
