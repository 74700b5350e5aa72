"""The pipeline in a notebook: the components of `create_pipeline`, run one at a time."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import runtime
from pipeline.history import runs
from pipeline.local import console
from settings.config import Config

ROOT = Path(__file__).resolve().parents[2]


def start(output: str) -> None:
    """Prepares a kernel. Call it before anything imports TensorFlow.

    Paths are relative to the project's folder from here on, wherever the notebook lies. Logs go to
    a file, and what a person wants to see of them to the notebook.

    Args:
        output: The output folder; the log goes to its `logs/`.
    """
    os.chdir(ROOT)
    with contextlib.redirect_stderr(sys.stdout):  # which notebooks do not paint red
        console.quieten(Path(output) / "logs" / "notebook.log", verbose=False)
    runtime.prepare_tensorflow()


class Steps:
    """Runs the pipeline's components one by one, by TFX's InteractiveContext."""

    def __init__(self, config: Config, data: Sequence[str], output: str):
        """Builds the pipeline.

        Args:
            config: Every setting.
            data: Folders or .tar archives.
            output: Folder for artifacts, metadata and pushed models.
        """
        # Slow to import, and only after `start`.
        from tfx.orchestration.experimental.interactive.interactive_context import (
            InteractiveContext,
        )
        from tfx.orchestration.metadata import sqlite_metadata_connection_config

        from pipeline.pipeline import Paths, create_pipeline

        folder = os.path.abspath(output)
        self.serving = os.path.join(folder, "serving")
        paths = Paths(data, os.path.join(folder, "pipeline"), self.serving)
        self.pipeline = create_pipeline(config, paths)
        self.components = {component.id: component for component in self.pipeline.components}
        database = Path(folder, "metadata", "metadata.db")
        self._context = InteractiveContext(
            pipeline_name=config.name,
            pipeline_root=paths.root,
            metadata_connection_config=sqlite_metadata_connection_config(str(database)),
            beam_pipeline_args=self.pipeline.beam_pipeline_args,
        )
        self.store = runs.open_store(database)
        self.done: dict[str, runs.Node] = {}

    def run(self, name: str) -> None:
        """Runs a component, or takes it from the cache, and prints a line.

        Args:
            name: Such as `Trainer`; the components before it must have run.

        Raises:
            KeyError: If there is no such component.
            RuntimeError: If this is no notebook.
        """
        from IPython.utils.capture import capture_output

        if name not in self.components:
            raise KeyError(f"no component {name}; there are {', '.join(self.components)}")
        component = self.components[name]
        started = time.monotonic()
        # Beam shows a script that wants the network.
        quietly = capture_output(stdout=False, stderr=False)
        with quietly, contextlib.redirect_stderr(sys.stdout):
            result = self._context.run(component)
        if result is None:
            raise RuntimeError("InteractiveContext runs in IPython only; local_runner.py anywhere")
        (execution,) = self.store.get_executions_by_id([result.execution_id])
        state = type(execution).State.Name(execution.last_known_state)
        artifacts = {key: channel.get() for key, channel in component.outputs.items()}
        outputs = {key: found[0].mlmd_artifact for key, found in artifacts.items() if found}
        self.done[name] = runs.Node(name, state, outputs, execution)
        print(f"{name:<20} {time.monotonic() - started:6.1f} s  {state.lower()}")

    def output(self, name: str, key: str) -> Any:
        """Finds what a component made.

        Args:
            name: The component.
            key: Its output, such as `examples`.

        Returns:
            The artifact, as TFX has it.

        Raises:
            KeyError: If the component has not run, or has no such output.
        """
        if name not in self.done:
            raise KeyError(f"{name} has not run yet: steps.run({name!r})")
        return self.components[name].outputs[key].get()[0]
