"""What TensorFlow is told before it is imported: one truth for every entry point."""

import importlib
import os
import shutil
import subprocess
import sys
import warnings

# What C++ logs, by severity, time, thread and place.
_LOG = r"^(WARNING: All log messages before absl::InitializeLog|[IW][0-9]{4} [0-9]{2}:)"


def prepare_tensorflow(quiet: bool = True) -> None:
    """Sets the variables that it reads; before TensorFlow is imported.

    oneDNN is on. TensorFlow by itself leaves it off on processors without VNNI, bfloat16 or AMX,
    where the U-Net's step takes 1.4 times as long without. Sums are added up in another order
    with it: results differ by some 1e-6 of their size.

    Args:
        quiet: Whether to silence what TensorFlow's C++ says on its own; imports TensorFlow, which
            adds to its logger a handler of its own where the root has none by then.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "0"
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if quiet:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if "tensorflow" not in sys.modules and sys.stderr and shutil.which("grep"):
            _import_without_log()


def _import_without_log() -> None:
    """Imports TensorFlow, of which 2.21 logs as it is loaded, whatever the variable says.

    Of November 2026; can go when a newer one minds the variable again, as 2.16 does.
    """
    # By a process of its own: where the import ends us, what it said is passed on all the same.
    others = subprocess.Popen(["grep", "-avE", _LOG], stdin=subprocess.PIPE, stdout=2)
    assert others.stdin
    terminal = os.dup(2)
    os.dup2(others.stdin.fileno(), 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
            importlib.import_module("tensorflow")  # by name, for importing us must stay light
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        others.stdin.close()
        others.wait()
