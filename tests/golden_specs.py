"""The compiled pipelines that tests compare with, and what writes them anew.

    .venv/bin/python -m tests.golden_specs

Hashes of our own code are left out, for they change with every line.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.cloud_settings import Target, places

FOLDER = Path(__file__).parent / "golden"
FILES: dict[Target, str] = {"vertex": "vertex.json", "kubeflow": "kubeflow.yaml"}
_SETTINGS = (
    "cloud.project=my-project",
    "cloud.data=[gs://my-photographs/places]",
    "cloud.image=us-central1-docker.pkg.dev/my-project/outpainting/outpainting:1",
    "cloud.trainer.accelerator=NVIDIA_L4",
)
_CODE = re.compile(r'(code[\\"]+: ?[\\"]+)[0-9a-f]{16}')


def compile_golden(target: Target, folder: Path) -> tuple[str, dict[str, Any]]:
    """Compiles preset smoke as the golden files were.

    Args:
        target: `vertex` or `kubeflow`.
        folder: Where the file goes.

    Returns:
        The file's text without hashes, and the PipelineJob.
    """
    from pipeline.compiling import compile_pipeline

    loaded = config.load("smoke", _SETTINGS)
    where = places(loaded.cloud, loaded.name, target)
    file, job = compile_pipeline(loaded, where, target, str(folder / FILES[target]))
    if target == "kubeflow":
        return _CODE.sub(r"\g<1>HASH", Path(file).read_text()), job
    return _CODE.sub(r"\g<1>HASH", json.dumps(job, indent=1, sort_keys=True)), job


def main() -> None:
    """Writes the golden files anew."""
    FOLDER.mkdir(exist_ok=True)
    for target, name in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            text, _ = compile_golden(target, Path(folder))
        (FOLDER / name).write_text(text.rstrip("\n") + "\n")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
