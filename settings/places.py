"""What follows from the settings of a pipeline in the cloud: its places and images."""

from collections.abc import Iterator
from typing import NamedTuple

from settings.cloud import Target
from settings.config import Config
from settings.kubernetes import KubernetesSettings
from settings.strict import ConfigError

STORE = "gs://"  # TensorFlow reads no other without a plugin
_SHIPPED = "pretrained"  # of `model.start`: a model that is in the image


class Places(NamedTuple):
    """Where a pipeline reads and writes, and which images its steps and workers run in."""

    data: tuple[str, ...]
    root: str
    serving: str
    image: str
    worker: str = ""  # empty where there are no workers


def places(config: Config, target: Target, tag: str) -> Places:
    """Fills in what was not said, as far as it follows from what was.

    Args:
        config: Every setting.
        target: `vertex` or `kubeflow`.
        tag: Of the image that holds the code at hand; empty where that is not known.

    Returns:
        Where to read and write, and the images.

    Raises:
        ConfigError: If something is missing or cannot be; told with its option.
    """
    cloud = config.cloud
    root = (cloud.root or f"{STORE}{cloud.project}-outpainting/{config.name}").rstrip("/")
    repository = f"{cloud.region}-docker.pkg.dev/{cloud.project}/outpainting"
    found = Places(
        cloud.data,
        root,
        cloud.serving or f"{root}/serving",
        cloud.image or f"{repository}/outpainting:{tag}",
    )
    problems = [*_missing(config, target, tag), *_out_of_reach(config, target, found)]
    if problems:
        raise ConfigError("\n".join(problems))
    on_dataflow = config.beam.runner == "dataflow"
    return found._replace(worker=_worker(config.beam.image, found.image)) if on_dataflow else found


def _missing(config: Config, target: Target, tag: str) -> Iterator[str]:
    cloud, runner = config.cloud, config.beam.runner
    if not cloud.data:
        yield "cloud.data: name a folder or an archive, such as --data gs://BUCKET/FOLDER"
    if not cloud.project and not cloud.root:
        yield "cloud.root: give --root gs://BUCKET/FOLDER, or --project to name one for it"
    if not cloud.project and not cloud.image:
        yield "cloud.image: give --image, or --project to name one for it"
    elif not cloud.image and not tag:
        yield "cloud.image: give --image; only a checkout names the one that is built from it"
    if cloud.endpoint.name and target == "kubeflow":
        yield "cloud.endpoint.name: only a run on Vertex AI deploys to an endpoint"
    elif cloud.endpoint.name and not cloud.project:
        yield "cloud.project: an endpoint needs one; give --project"
    if cloud.kubernetes != KubernetesSettings() and target == "vertex":
        yield "cloud.kubernetes: Vertex AI has no such volumes, secrets and nodes; use Kubeflow"
    if cloud.training_machine and target == "kubeflow":
        yield "cloud.training_machine: only a run on Vertex AI starts a custom job"
    elif cloud.training_workers > 1 and not cloud.training_machine:
        yield "cloud.training_workers: name the machines of a custom job in cloud.training_machine"
    elif config.training.batch_size % cloud.training_workers:
        yield (
            f"training.batch_size: {config.training.batch_size} pictures cannot be shared out to "
            f"cloud.training_workers={cloud.training_workers}; make it a multiple of them"
        )
    elif cloud.training_spot and not cloud.training_machine:
        yield "cloud.training_spot: name the machine of a custom job in cloud.training_machine"
    if cloud.experiment and target == "kubeflow":
        yield "cloud.experiment: on Kubeflow the experiment is called as the pipeline is"
    if cloud.tensorboard and not cloud.training_machine:
        yield "cloud.tensorboard: only a custom job is shown there; name cloud.training_machine"
    elif cloud.tensorboard and not cloud.service_account:
        yield "cloud.tensorboard: the job writes to it as cloud.service_account; name one"
    if runner != "local" and target == "kubeflow":
        yield (
            "beam.runner: on Kubeflow TFX keeps temporary files inside the step, where workers "
            "elsewhere cannot read them: use Vertex AI, or local"
        )
    elif runner == "dataflow" and not cloud.project:
        yield "cloud.project: Dataflow needs one; give --project"


def _out_of_reach(config: Config, target: Target, found: Places) -> Iterator[str]:
    """What no step could read or write: a container has neither our disk nor another store."""
    start, kubernetes = config.model.start, config.cloud.kubernetes
    named = [
        *(("cloud.data", place) for place in found.data),
        ("cloud.root", found.root),
        ("cloud.serving", config.cloud.serving),
        ("model.start", None if start == _SHIPPED else start),
    ]
    remedy = f"use a {STORE} bucket"
    if target == "kubeflow":
        remedy += " or a volume, cloud.kubernetes.volumes"
    for name, place in named:
        if place and not place.startswith(STORE) and not kubernetes.holds(place):
            why = "no plugin for that store" if "://" in place else "no disk of this machine"
            yield f"{name}: no step can reach {place}, for it has {why}; {remedy}"
    model = config.evaluation.baseline_model_uri
    # Kubeflow carries it to the step, as it does artifacts, and takes no path of a volume.
    if model and not model.startswith((STORE, kubernetes.bucket or STORE)):
        stores = f"a {STORE} bucket" + f" or {kubernetes.bucket}" * bool(kubernetes.bucket)
        yield f"evaluation.baseline_model_uri: no step can reach {model}; use {stores}"
    if kubernetes.holds(found.root) and not kubernetes.store:
        yield (
            f"cloud.kubernetes.store: {found.root} is on a volume, and Kubeflow keeps artifacts in "
            "a bucket: name one, such as minio://mlpipeline/outpainting"
        )


def _worker(said: str, image: str) -> str:
    if said:
        return said
    if "@" in image:
        raise ConfigError("beam.image: name the workers' image, for the steps' is a digest")
    name, _, tag = image.rpartition(":")
    return f"{name}-worker:{tag}"
