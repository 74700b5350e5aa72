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
# In place of its compiler's command, which knows no platform and panics for want of a proxy: as the
# API server calls the compiler, of a pipeline and its Kubernetes section in files of JSON.
_COMPILE = f"""package main

import (
	"os"

	"{_MODULE}/api/v2alpha1/go/pipelinespec"
	"{_MODULE}/backend/src/apiserver/config/proxy"
	"{_MODULE}/backend/src/v2/compiler/argocompiler"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"
)

func must(err error) {{
	if err != nil {{
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}}
}}

func read(file string, message proto.Message) {{
	text, err := os.ReadFile(file)
	must(err)
	must(protojson.Unmarshal(text, message))
}}

func main() {{
	proxy.InitializeConfigWithEnv()
	job, platform := &pipelinespec.PipelineJob{{}}, &pipelinespec.SinglePlatformSpec{{}}
	read(os.Args[1], job)
	read(os.Args[2], platform)
	workflow, err := argocompiler.Compile(job, platform, nil)
	must(err)
	text, err := yaml.Marshal(workflow)
	must(err)
	os.Stdout.Write(text)
}}
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
    compiler, overlay, mod = folder / "compile.go", folder / "overlay.json", folder / "go.mod"
    compiler.write_text(_COMPILE)
    main = str(checkout / _COMMANDS / "compiler" / "main.go")
    overlay.write_text(json.dumps({"Replace": {main: str(compiler)}}))
    for name in ("go.mod", "go.sum"):
        (folder / name).write_bytes((checkout / name).read_bytes())
    for part in _PARTS:
        replaced = f"-replace={_MODULE}/{part}={checkout / part}"
        subprocess.run(["go", "mod", "edit", replaced, str(mod)], check=True)
    options = ["-mod=mod", f"-modfile={mod}", f"-overlay={overlay}", "-o", f"{folder}{os.sep}"]
    packages = [f"./{_COMMANDS}/{name}" for name in ("compiler", "driver", "launcher-v2")]
    subprocess.run(["go", "build", *options, *packages], cwd=checkout, check=True)
    return Binaries(folder / "compiler", folder / "driver", folder / "launcher-v2")
