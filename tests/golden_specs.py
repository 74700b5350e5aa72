"""The compiled pipelines that tests compare with, and what writes them anew.

    .venv/bin/python -m tests.golden_specs

Each of TFX's lines compiles to other words, and has its own.

Hashes of our own code are left out, for they change with every line.
"""

import json
import re
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

import settings
from settings.cloud import Target
from settings.places import places

_LINE = ".".join(metadata.version("tfx").split(".")[:2])
FOLDER = Path(__file__).parent / "golden" / f"tfx-{_LINE}"
FILES: dict[Target, str] = {"vertex": "vertex.json", "kubeflow": "kubeflow.yaml"}
_SETTINGS = (
    "cloud.project=my-project",
    "cloud.data=[gs://my-photographs/places]",
    "cloud.image=us-central1-docker.pkg.dev/my-project/outpainting/outpainting:1",
    "cloud.trainer.accelerator=NVIDIA_L4",
)
_CODE = re.compile(r'("code": ")[0-9a-f]{16}')  # within what a component is told as JSON


def compile_golden(target: Target, folder: Path) -> tuple[Any, dict[str, Any]]:
    """Compiles preset smoke as the golden files were.

    Args:
        target: `vertex` or `kubeflow`.
        folder: Where the file goes.

    Returns:
        What the file says, without hashes, and the PipelineJob.
    """
    from pipeline.cloud.compiling import compile_pipeline

    loaded = settings.load("smoke", _SETTINGS)
    where = places(loaded, target, "tag")
    file, job = compile_pipeline(loaded, where, target, str(folder / FILES[target]))
    return _without_hashes(yaml.safe_load(Path(file).read_text())), job


def main() -> None:
    """Writes the golden files anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for target, name in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            document, _ = compile_golden(target, Path(folder))
        as_yaml = name.endswith(".yaml")
        text = yaml.safe_dump(document) if as_yaml else json.dumps(document, indent=1) + "\n"
        (FOLDER / name).write_text(text)
        print(FOLDER / name)


def _without_hashes(value: Any) -> Any:
    if isinstance(value, str):
        return _CODE.sub(r"\g<1>HASH", value)
    if isinstance(value, list):
        if "--code" in value:
            value = [*value]
            value[value.index("--code") + 1] = "HASH"
        return [_without_hashes(item) for item in value]
    if isinstance(value, dict):
        if "code" in value and "runtimeValue" in value["code"]:
            value = {**value, "code": {"runtimeValue": {"constant": "HASH"}}}
        return {key: _without_hashes(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    main()
