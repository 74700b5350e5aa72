"""Starts a compiled pipeline on Vertex AI or Kubeflow, now or by a schedule, and lists its runs."""

from datetime import datetime
from typing import NamedTuple

NEVER = "never"  # in place of five fields: there is to be no schedule


class SubmitError(RuntimeError):
    """A server that cannot be reached or that refuses, told so that a person can mend it."""


class Started(NamedTuple):
    """A run there."""

    run: str  # its name there
    started: datetime
    ended: datetime | None  # None while it runs
    state: str  # as on this machine: `running`, `complete`, `failed`, or a word of the server's
    watch: str  # a URL


def state(word: str) -> str:
    """Says a state in the words of `outpaint runs`.

    Args:
        word: The server's, such as `PIPELINE_STATE_SUCCEEDED` or `SUCCEEDED`.
    """
    plain = word.rpartition("STATE_")[2].lower()
    return "complete" if plain == "succeeded" else plain
