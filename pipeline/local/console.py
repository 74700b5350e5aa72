"""What a person sees while a pipeline runs here: one line a component, the rest in a log file."""

import logging
import os
import re
import sys
import time
import warnings
from pathlib import Path
from typing import TextIO

_OUR_LOGGERS = ("components", "models", "pipeline")


def quieten(log_file: Path, verbose: bool) -> None:
    """Sends all logs to a file and only what matters to the terminal.

    Call it before TensorFlow and TFX are imported.

    Args:
        log_file: Where everything goes.
        verbose: Whether everything goes to the terminal as well.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    logging.raiseExceptions = verbose  # or a full disk is told of for every line
    to_file = logging.FileHandler(log_file, mode="w", errors="backslashreplace")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_terminal = logging.StreamHandler()
    if not verbose:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        to_terminal.setFormatter(logging.Formatter("    %(message)s"))
        to_terminal.addFilter(_is_ours)
        warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_terminal], force=True)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] in _OUR_LOGGERS


class ComponentLines(logging.Handler):
    """Turns what LocalDagRunner logs into one line a component: name, time, cached or run."""

    _RUNNING = re.compile(r"Component (\S+) is running\.")
    _FINISHED = re.compile(r"Component (\S+) is finished\.")
    _CACHED = re.compile(r"A cached execution \d+ is used\.")

    def __init__(self, stream: TextIO | None = None):
        """Sets up the handler.

        Args:
            stream: Where lines go; standard error by default.
        """
        super().__init__(logging.INFO)
        self._stream = stream or sys.stderr
        self._started = 0.0
        self._cached = False
        self.current: str | None = None  # the component that is running
        self.count = 0  # of components that have started

    def emit(self, record: logging.LogRecord) -> None:
        """Watches for the runner's own messages."""
        message = record.getMessage()
        if match := self._RUNNING.fullmatch(message):
            self.current, self._started, self._cached = match[1], time.monotonic(), False
            self.count += 1
            if self._stream.isatty():
                self._write(f"  {match[1]} ...")
        elif self._CACHED.fullmatch(message):
            self._cached = True
        elif match := self._FINISHED.fullmatch(message):
            seconds = time.monotonic() - self._started
            how = "cached" if self._cached else "run"
            start = "\r\033[K" if self._stream.isatty() else ""
            self._write(f"{start}  {match[1]:<20} {seconds:6.1f} s  {how}\n")
            self.current = None

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
