"""Holds the progress line to what a person sees of it, in a terminal and in a log."""

import io
import re

import pytest

from components.image_example_gen import progress


class Screen(io.StringIO):
    def __init__(self, terminal: bool):
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_REDRAW_SECONDS", 0)
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0)


def test_a_log_gets_lines_with_count_rate_rejects_and_time_left() -> None:
    screen = Screen(terminal=False)
    line = progress.Progress(screen)
    line.start(3000)
    for number in range(1500):
        line.add(1, int(number % 500 == 0))
    line.finish()
    last = screen.getvalue().splitlines()[-1]
    assert re.fullmatch(
        r"    1,500 of 3,000 images, [\d,]+ a second, 3 rejected, \d:\d\d left", last
    )


def test_a_terminal_has_one_line_that_is_taken_away() -> None:
    screen = Screen(terminal=True)
    line = progress.Progress(screen)
    line.start(2)
    line.add(1, 0)
    line.add(1, 1)
    line.finish()
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[K")
    assert "2 of 2 images" in screen.getvalue()


def test_it_is_quiet_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 1000)
    screen = Screen(terminal=False)
    line = progress.Progress(screen)
    line.start(0)
    line.add(1, 0)
    line.finish()
    assert screen.getvalue() == ""


def test_where_the_total_is_not_known_no_time_is_promised() -> None:
    screen = Screen(terminal=False)
    line = progress.Progress(screen)
    line.add(1, 0)
    assert re.fullmatch(r"    1 images, [\d,]+ a second, 0 rejected\n", screen.getvalue())
