"""The compiled pipeline under Kubeflow's own compiler, driver and launcher, by hand.

    git clone --branch 2.16.1 https://github.com/kubeflow/pipelines
    KUBEFLOW_PIPELINES=$PWD/pipelines .venv/bin/python -m pytest tests/test_kubeflow_backend.py

Needs Go, bubblewrap and `moto_server` (`pip install 'moto[server]'`) on PATH, and fetches what
Kubeflow's module is built of.
"""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree
from pathlib import Path

import pytest
import requests
import yaml

import settings
from pipeline.cloud.compiling import compile_pipeline
from pipeline.gate import result
from settings.places import places
from tests.dag import ON_KUBEFLOW
from tests.kubeflow import binaries, services, workflow

ROOT = Path(__file__).parent.parent
CHECKOUT = os.environ.get(binaries.CHECKOUT, "")
MISSING = [name for name in ("go", "bwrap", "moto_server", "openssl") if not shutil.which(name)]
pytestmark = [
    pytest.mark.skipif(not CHECKOUT, reason=f"{binaries.CHECKOUT} names no checkout of Kubeflow's"),
    pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}"),
]
STORE = f"minio://{services.BUCKET}/outpainting"
FOLDERS = ("/mnt/photographs", "/mnt/outpainting")
VARIABLES = {
    "HOME": "/home",
    "PATH": "/package/bin:/usr/bin:/bin",
    "TF_USE_LEGACY_KERAS": "0",
}
SETTINGS = [
    "cloud.data=[/mnt/photographs]",
    "cloud.root=/mnt/outpainting/root",
    "cloud.image=here:1",
    f"cloud.kubernetes.store={STORE}",
    "cloud.kubernetes.volumes={/mnt/photographs: a, /mnt/outpainting: b}",
    "cloud.kubernetes.secrets={WORD: words/first}",
    "cloud.kubernetes.training.node_selector={pool: gpu}",
    "cloud.kubernetes.shared_memory_gb=1",
    "evaluation.min_psnr_gain=-100",  # any model passes, so that the Pusher is exercised
    "evaluation.max_seam=1000",
    "training.discriminator.epochs=0",  # the phases that take longest to build
    "training.gan.epochs=0",
]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> binaries.Binaries:
    return binaries.build(Path(CHECKOUT), tmp_path_factory.mktemp("programs"))


def compiled(programs: binaries.Binaries, folder: Path) -> workflow.Json:
    loaded = settings.load("smoke", SETTINGS)
    where = places(loaded, "kubeflow", "")
    file, job = compile_pipeline(loaded, where, "kubeflow", str(folder / "pipeline.yaml"))
    specification, platform = yaml.safe_load_all(Path(file).read_text())
    job["pipelineSpec"] = specification
    told = {"job": job, "platform": platform["platforms"]["kubernetes"]}
    for name, document in told.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    words = [str(programs.compiler), *(str(folder / f"{name}.json") for name in told)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    made: workflow.Json = yaml.safe_load(done.stdout)
    return made


def test_kubeflows_own_backend_runs_it_to_a_pushed_model(
    programs: binaries.Binaries, installed: Path, tmp_path: Path
) -> None:
    volumes = {folder: tmp_path / folder.rpartition("/")[2] for folder in FOLDERS}
    for split in ("train", "val"):
        for file in sorted((ROOT / "data" / "sample" / split).rglob("*.jpg"))[:8]:
            target = volumes["/mnt/photographs"] / split / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    volumes["/mnt/outpainting"].mkdir()
    (tmp_path / "services").mkdir()
    document = compiled(programs, tmp_path)
    with services.serve(tmp_path / "services") as served:
        container = workflow.Container(
            programs.driver,
            programs.launcher,
            served.account,
            installed,
            volumes,
            {**VARIABLES, **served.environment},
            served.addresses,
        )
        run = workflow.Workflow(document, container, tmp_path / "run", "first")
        run.run()
        assert set(run.steps) == set(ON_KUBEFLOW)
        assert not run.cached
        (step,) = run.pods["Trainer"]["containers"]
        mounted = {each["mountPath"] for each in step["volumeMounts"]}
        assert mounted == {*FOLDERS, "/dev/shm"}
        (variable,) = (each for each in step["env"] if each["name"] == "WORD")
        assert variable["valueFrom"]["secretKeyRef"] == {"name": "words", "key": "first"}
        assert run.pods["Trainer"]["nodeSelector"] == {"pool": "gpu"}
        assert "nodeSelector" not in run.pods["Pusher"]
        # All but ImageExampleGen, which sees new photographs, could come from the cache.
        assert len(served.cached) == len(ON_KUBEFLOW) - 1
        (version,) = (volumes["/mnt/outpainting"] / "root" / "serving").iterdir()
        assert (version / "saved_model.pb").exists()
        artifacts = served.store.get_artifacts()
        assert all(artifact.uri.startswith(f"{STORE}/") for artifact in artifacts)
        (model,) = (each for each in artifacts if each.uri.endswith("/model"))
        key = model.uri.removeprefix(f"minio://{services.BUCKET}/")
        assert f"{key}/Format-Serving/saved_model.pb" in listed(served.s3)
        # The examples are on the volume: no step had a copy, nor has the bucket.
        assert not any("/Split-" in name for name in listed(served.s3) if "/examples/" in name)
        root = volumes["/mnt/outpainting"] / "root"
        assert len(list(root.glob("examples/*/Split-*/*"))) == 2
        (blessing,) = (each for each in artifacts if each.uri.endswith("/blessing"))
        assert blessing.custom_properties["blessed"].double_value == 1
        assert blessing.custom_properties["current_model"].string_value == model.uri
        # Shown with the run, and compared between runs.
        (figures,) = served.store.get_artifacts_by_type("system.Metrics")
        (folder,) = (tmp_path / "run" / "Evaluator" / "minio").glob("**/evaluation")
        found = result.load_figures(str(folder))
        assert figures.custom_properties["psnr"].double_value == pytest.approx(found["psnr"])


def listed(s3: str) -> list[str]:
    """Names what is in the bucket."""
    answer = requests.get(f"{s3}/{services.BUCKET}", timeout=60)
    elements = xml.etree.ElementTree.fromstring(answer.text).iter()
    return [each.text or "" for each in elements if each.tag.endswith("}Key")]
