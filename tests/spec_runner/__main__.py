"""Runs a compiled pipeline, and says how long each step took.

    .venv/bin/python -m tests.spec_runner pipeline.yaml FOLDER

A file in JSON runs as on Vertex AI, one in YAML as on Kubeflow.
"""

import sys
import tempfile
from pathlib import Path

from tests import image
from tests.spec_runner.kubeflow import Kubeflow
from tests.spec_runner.specification import load
from tests.spec_runner.vertex import Vertex


def main() -> None:
    """Runs the file named on the command line, and says how long each step took."""
    file, root = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    kind = Vertex if file.suffix == ".json" else Kubeflow
    with tempfile.TemporaryDirectory() as folder:
        package = image.install(Path(folder))
        run = kind(load(file), root, package, {"TF_USE_LEGACY_KERAS": "0"})
        run.run()
    for name, seconds in run.seconds.items():
        print(f"{name:<42} {seconds:6.1f} s")
    print(run.outputs["Pusher"]["pushed_model"]["metadata"])


if __name__ == "__main__":
    main()
