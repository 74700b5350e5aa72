"""Kubeflow Pipelines' own compiler, driver and launcher, built from a checkout of its source."""

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

CHECKOUT = "KUBEFLOW_PIPELINES"  # a variable of the environment: a folder
_MODULE = "github.com/kubeflow/pipelines"
# Modules of the same repository, which not every proxy has on its own.
_PARTS = ("api", "kubernetes_platform", "third_party/ml-metadata")
_COMMANDS = "backend/src/v2/cmd"
# Its compiler's command forgets this, and panics; the API server, whose compiler it is, does not.
_BEGIN = f"""package main

import "{_MODULE}/backend/src/apiserver/config/proxy"

func init() {{ proxy.InitializeConfigWithEnv() }}
"""


class Binaries(NamedTuple):
    """Programs."""

    compiler: Path
    driver: Path
    launcher: Path


def build(checkout: Path, folder: Path) -> Binaries:
    """Builds them in the module's own tree, for its `go.mod` has replacements.

    Nothing is changed there.

    Args:
        checkout: The source.
        folder: Where programs go.

    Returns:
        The programs.
    """
    begin, overlay, mod = folder / "begin.go", folder / "overlay.json", folder / "go.mod"
    begin.write_text(_BEGIN)
    added = str(checkout / _COMMANDS / "compiler" / "begin.go")
    overlay.write_text(json.dumps({"Replace": {added: str(begin)}}))
    for name in ("go.mod", "go.sum"):
        (folder / name).write_bytes((checkout / name).read_bytes())
    for part in _PARTS:
        replaced = f"-replace={_MODULE}/{part}={checkout / part}"
        subprocess.run(["go", "mod", "edit", replaced, str(mod)], check=True)
    options = ["-mod=mod", f"-modfile={mod}", f"-overlay={overlay}", "-o", f"{folder}{os.sep}"]
    packages = [f"./{_COMMANDS}/{name}" for name in ("compiler", "driver", "launcher-v2")]
    subprocess.run(["go", "build", *options, *packages], cwd=checkout, check=True)
    return Binaries(folder / "compiler", folder / "driver", folder / "launcher-v2")
