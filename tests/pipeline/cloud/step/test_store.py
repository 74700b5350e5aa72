"""Artifacts in S3 or MinIO are folders to TFX, and URIs to Kubeflow."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import settings
from pipeline.cloud.compiling import compile_pipeline
from pipeline.cloud.step import store
from settings.places import places
from tests.image import user_1000

ROOT = Path(__file__).parents[4]
KIND = {"instanceSchema": "title: tfx.Schema\ntype: object\n"}


def invocation(root: str) -> dict:
    def artifact(name: str) -> dict:
        return {"artifacts": [{"uri": f"{root}/{name}", "type": KIND, "metadata": {}}]}

    return {
        "inputs": {"artifacts": {"examples": artifact("examples")}},
        "outputs": {"artifacts": {"model": artifact("model")}, "outputFile": "/tmp/o.json"},
    }


@pytest.mark.parametrize(("root", "folder"), [("s3://b/x", "/s3/b/x"), ("minio://b", "/minio/b")])
def test_what_tensorflow_does_not_read_is_a_folder(root: str, folder: str) -> None:
    told = invocation(root)
    assert store.localize(told)
    assert told == invocation(folder)


@pytest.mark.parametrize("root", ["gs://b/x", "/mnt/x"])
def test_what_it_reads_stays_as_it_is(root: str) -> None:
    told = invocation(root)
    assert not store.localize(told)
    assert told == invocation(root)


def test_what_a_step_says_names_the_store_again(tmp_path: Path) -> None:
    said = {
        "artifacts": {"blessing": {"artifacts": [{"uri": "/minio/b/x", "metadata": {}}]}},
        "parameterValues": {"model": "/s3/b/m", "other": "/mnt/minio/x", "n": 3},
    }
    expected = copy.deepcopy(said)
    expected["artifacts"]["blessing"]["artifacts"][0]["uri"] = "minio://b/x"
    expected["parameterValues"]["model"] = "s3://b/m"
    file = tmp_path / "o.json"
    file.write_text(json.dumps(said))
    store.restore(str(file))
    assert json.loads(file.read_text()) == expected
    store.restore(str(tmp_path / "none.json"))  # of a step that failed before it said anything


def in_a_container(minio: Path, tmp: Path) -> list[str]:
    """As a step's container: `/minio` is there, and may be written to by user 1000."""
    words = [*user_1000("tmp", "minio"), "--bind", str(tmp), "/tmp"]
    words += ["--ro-bind", str(ROOT), str(ROOT)]  # which may lie in /tmp
    return [*words, "--bind", str(minio), "/minio"]


def test_a_step_writes_where_the_launcher_looks_and_says_where_that_is(tmp_path: Path) -> None:
    config = settings.load(
        "kind",
        [
            "cloud.data=[/mnt/x/photographs]",
            "cloud.root=/mnt/x",
            "cloud.image=a:1",
            "cloud.kubernetes.volumes={/mnt/x: x}",
        ],
    )
    file = tmp_path / "pipeline.yaml"
    compile_pipeline(config, places(config, "kubeflow", ""), "kubeflow", str(file))
    specification = next(yaml.safe_load_all(file.read_text()))
    container = specification["deploymentSpec"]["executors"]["CuratedSchema_executor"]["container"]
    given = specification["root"]["dag"]["tasks"]["CuratedSchema"]["inputs"]["parameters"]
    uri = "minio://mlpipeline/outpainting/schema"
    told = {
        "inputs": {"parameterValues": {k: v["runtimeValue"]["constant"] for k, v in given.items()}},
        "outputs": {
            "artifacts": {"schema": {"artifacts": [{"uri": uri, "type": KIND}]}},
            "outputFile": "/tmp/kfp_outputs/output_metadata.json",
        },
    }
    minio, tmp = tmp_path / "minio", tmp_path / "tmp"
    (minio / "mlpipeline" / "outpainting").mkdir(parents=True)
    (tmp / "kfp_outputs").mkdir(parents=True)
    words = [word.replace("{{$}}", json.dumps(told)) for word in container["args"]]
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        [*in_a_container(minio, tmp), *container["command"], *words],
        env={"PATH": path, "TF_USE_LEGACY_KERAS": "0", "HOME": "/tmp"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (minio / "mlpipeline" / "outpainting" / "schema" / "schema.pbtxt").stat().st_size > 100
    said = json.loads((tmp / "kfp_outputs" / "output_metadata.json").read_text())
    assert said["artifacts"]["schema"]["artifacts"][0]["uri"] == uri
