"""The variables that TensorFlow reads."""

import os

import pytest

from models import runtime


def test_what_a_user_has_set_stays_but_for_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_USE_LEGACY_KERAS": "1"})
    runtime.prepare_tensorflow(quiet=False)
    assert os.environ == {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_USE_LEGACY_KERAS": "0"}


def test_it_is_quiet_and_fast_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    runtime.prepare_tensorflow()
    assert os.environ == {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_USE_LEGACY_KERAS": "0",
    }
