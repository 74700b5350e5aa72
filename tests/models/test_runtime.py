"""The variables that TensorFlow reads."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from models import runtime


def test_what_a_user_has_set_stays_but_for_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_USE_LEGACY_KERAS": "1"})
    runtime.prepare_tensorflow(quiet=False)
    assert os.environ == {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_USE_LEGACY_KERAS": "0"}


def test_it_is_quiet_and_fast_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))  # is there
    runtime.prepare_tensorflow()
    assert os.environ == {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_USE_LEGACY_KERAS": "0",
    }


# In the place of TensorFlow: what it logs while it is loaded, and what somebody has to read.
_LOADED = """
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written\\n")
os.write(2, b"I0000 00:00:1795714782.342027   13763 port.cc:153] oneDNN operations are on\\n")
os.write(2, b"the disk is on fire\\n")
"""


@pytest.mark.parametrize(
    ("end", "status", "after"), [("", 0, "x"), ("os.abort()", -signal.SIGABRT, "")]
)
def test_what_its_log_says_as_it_is_loaded_is_left_out_and_nothing_else(
    end: str, status: int, after: str, tmp_path: Path
) -> None:
    (tmp_path / "tensorflow.py").write_text(_LOADED + end)
    code = "from models import runtime; runtime.prepare_tensorflow(); import os; os.write(2, b'x')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(runtime.__file__).parents[1]}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (status, f"the disk is on fire\n{after}")
