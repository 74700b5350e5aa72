"""The variables that TensorFlow reads when it is imported: one truth for every entry point."""

import os


def prepare_tensorflow(quiet: bool = True) -> None:
    """Sets them; before TensorFlow is imported.

    oneDNN is on. TensorFlow by itself leaves it off on processors without VNNI, bfloat16 or AMX,
    where the U-Net's step takes 1.4 times as long without. Sums are added up in another order
    with it: results differ by some 1e-6 of their size.

    Args:
        quiet: Whether to silence what TensorFlow's C++ says on its own.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "0"
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if quiet:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
