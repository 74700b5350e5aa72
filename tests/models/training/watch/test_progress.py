"""The progress line, in a log and in a terminal."""

import io
import re

import hypothesis
import pytest
from hypothesis import strategies as st

from models.training.checkpoints import Position, Span
from models.training.watch import progress
from models.training.watch.progress import Progress

LOGS = {"loss": 0.5, "mse": 0.25}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(stream: io.StringIO | None, epochs: int, steps: int, epoch: int = 0, step: int = 0) -> None:
    """Calls the callback as `fit` does, from a position on."""
    callback = Progress(
        Span("generator", epochs, steps, Position("generator", epoch, step)), stream
    )
    for number in range(epoch, epochs):
        callback.on_epoch_begin(number)
        for batch in range(steps - (step if number == epoch else 0)):
            callback.on_train_batch_begin(batch)
            callback.on_train_batch_end(batch, LOGS)
        callback.on_epoch_end(number, LOGS)


def test_log_has_a_line_an_epoch() -> None:
    log = io.StringIO()
    run(log, epochs=3, steps=4)
    lines = log.getvalue().splitlines()
    for number, line in enumerate(lines, start=1):
        assert line == (
            f"    generator     epoch {number}/3  step 4/4  0:00 gone, 0:00 left  mse 0.2500"
        )
    assert len(lines) == 3


@hypothesis.given(st.integers(1, 2000))
def test_log_has_some_twenty_lines_at_most_and_ends_with_the_last_epoch(epochs: int) -> None:
    log = io.StringIO()
    run(log, epochs, steps=1)
    lines = log.getvalue().splitlines()
    assert min(epochs, 10) <= len(lines) <= 21
    assert f"epoch {epochs}/{epochs} " in lines[-1]


def test_log_is_plain_text() -> None:
    log = io.StringIO()
    run(log, epochs=2, steps=3)
    assert not re.search(r"[\r\033]", log.getvalue())


def test_terminal_redraws_one_line_within_an_epoch() -> None:
    terminal = Terminal()
    run(terminal, epochs=2, steps=1000)
    first, second, rest = terminal.getvalue().split("\n")
    assert rest == ""
    # Drawn at once, then only now and then: not at every of a thousand quick steps.
    drawn = first.split("\r\033[K")
    assert drawn[0] == ""
    assert "step 1/1000" in drawn[1]
    assert 3 <= len(drawn) < 100
    for line in (first, second):
        assert "step 1000/1000" in line.split("\r\033[K")[-1]


def test_a_resumed_phase_counts_on() -> None:
    log = io.StringIO()
    run(log, epochs=4, steps=5, epoch=2, step=3)
    assert re.findall(r"epoch (\S+)  step (\S+)", log.getvalue()) == [
        ("3/4", "5/5"),
        ("4/4", "5/5"),
    ]
    terminal = Terminal()
    run(terminal, epochs=4, steps=5, epoch=2, step=3)
    assert "epoch 3/4  step 4/5" in terminal.getvalue()


def test_lines_go_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    run(None, epochs=1, steps=1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("    generator     epoch 1/1")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (5.4, "0:05"),
        (59.6, "1:00"),
        (65, "1:05"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (90061, "25:01:01"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert progress._clock(seconds) == text
