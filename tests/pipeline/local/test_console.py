import io
import logging

import pytest

from pipeline.local.console import ComponentLines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def say(handler: ComponentLines, message: str, *args: object) -> None:
    handler.emit(logging.LogRecord("absl", logging.INFO, "", 0, message, args, None))


@pytest.mark.parametrize(("cached", "word"), [(False, "run"), (True, "cached")])
def test_one_line_a_component_with_name_time_and_origin(cached: bool, word: str) -> None:
    stream = io.StringIO()
    handler = ComponentLines(stream)
    say(handler, "Component %s is running.", "Trainer")
    assert handler.current == "Trainer"
    say(handler, "Going to run a new execution %d", 3)
    if cached:
        say(handler, "A cached execution %d is used.", 3)
    say(handler, "Component %s is finished.", "Trainer")
    (line,) = stream.getvalue().splitlines()
    assert line.split()[0] == "Trainer"
    assert line.split()[-1] == word
    assert handler.current is None
    assert handler.count == 1


def test_a_component_that_fails_gets_no_finished_line_and_stays_current() -> None:
    stream = io.StringIO()
    handler = ComponentLines(stream)
    say(handler, "Component %s is running.", "Trainer")
    say(handler, "Execution %d failed.", 3)
    assert stream.getvalue() == ""
    assert handler.current == "Trainer"


def test_in_a_terminal_the_running_component_shows_at_once() -> None:
    stream = Terminal()
    handler = ComponentLines(stream)
    say(handler, "Component %s is running.", "Trainer")
    assert "Trainer ..." in stream.getvalue()


def test_the_messages_are_those_of_the_installed_runner() -> None:
    """The handler lives by TFX's own wording: a new TFX must not silence it unseen."""
    from pathlib import Path

    import tfx.version

    tfx_root = Path(tfx.version.__file__).parent / "orchestration"
    runner = (tfx_root / "local" / "local_dag_runner.py").read_text()
    assert "'Component %s is running.'" in runner
    assert "'Component %s is finished.'" in runner
    assert "'A cached execution %d is used.'" in (tfx_root / "portable" / "launcher.py").read_text()
