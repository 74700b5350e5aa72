"""Examples on a volume, for Kubeflow's launcher would copy them to the disk of each step.

What is written under the artifact's name lies on the volume; the artifact itself, which is copied,
holds the small files beside the splits and says where the splits are.
"""

import json
import os
import shutil
from typing import Any

EXAMPLES = "examples"  # an output of ImageExampleGen, and an input by that name
_POINTER = "volume.json"


def lay_out(invocation: dict[str, Any], volume: str) -> str:
    """Has a step write its examples to a volume.

    Args:
        invocation: What the step is told; its artifacts named by folders.
        volume: A folder of the volume.

    Returns:
        The artifact's folder, a link until `leave` is called; empty of a step that makes no
        examples.
    """
    given = invocation.get("outputs", {}).get("artifacts", {}).get(EXAMPLES)
    if not given:
        return ""
    folder: str = given["artifacts"][0]["uri"].rstrip("/")
    # Named by the part that is new with each run of the step.
    kept = os.path.join(volume, EXAMPLES, os.path.basename(os.path.dirname(folder)))
    os.makedirs(kept, exist_ok=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    os.symlink(kept, folder)
    return folder


def leave(folder: str) -> None:
    """Leaves in an artifact what is to be copied.

    Args:
        folder: As `lay_out` gave it.
    """
    kept = os.readlink(folder)
    os.unlink(folder)
    os.makedirs(folder)
    splits = []
    for entry in os.scandir(kept):
        if entry.is_dir():
            splits.append(entry.name)
        else:
            shutil.copy(entry.path, folder)
    with open(os.path.join(folder, _POINTER), "w") as file:
        json.dump({"folder": kept, "splits": sorted(splits)}, file)


def find(invocation: dict[str, Any]) -> None:
    """Shows a step the examples that it is given where it looks for them.

    Args:
        invocation: What the step is told; its artifacts named by folders.
    """
    given = invocation.get("inputs", {}).get("artifacts", {}).get(EXAMPLES, {})
    for artifact in given.get("artifacts", []):
        folder = artifact["uri"]
        pointer = os.path.join(folder, _POINTER)
        if os.path.exists(pointer):
            with open(pointer) as file:
                told = json.load(file)
            for split in told["splits"]:
                link = os.path.join(folder, split)
                if not os.path.lexists(link):  # a step that is begun again
                    os.symlink(os.path.join(told["folder"], split), link)
