"""Where a pipeline runs that does not run here, and on what. Light to import."""

import re
from typing import Literal

from pydantic import Field, field_validator

from settings.kubernetes import KubernetesSettings
from settings.strict import ConfigError, Settings

Target = Literal["local", "vertex", "kubeflow"]

_GPU = "nvidia.com/gpu"  # as Kubernetes calls every NVIDIA GPU
_ACCELERATOR = r"^(NVIDIA|TPU)_[A-Z0-9_]+$"
_LABEL_KEY = r"^[a-z][a-z0-9_-]{0,62}$"
_LABEL_VALUE = r"^[a-z0-9_-]{0,63}$"


class Limits(Settings):
    """What a step may use at most."""

    cpu: float = Field(4, gt=0, description="cores")
    memory_gb: float = Field(16, gt=0, description="gigabytes")


class Machine(Limits):
    """What a step that learns may use at most."""

    cpu: float = Field(8, gt=0, description="cores")
    memory_gb: float = Field(30, gt=0, description="gigabytes")
    accelerator: str | None = Field(
        None, pattern=_ACCELERATOR, description="as Vertex AI calls it: NVIDIA_L4, TPU_V3, ..."
    )
    accelerators: int = Field(1, ge=1, description="how many, if there is one")

    def accelerator_on(self, target: Target) -> str | None:
        """Names the accelerator as the target does.

        Args:
            target: `vertex` or `kubeflow`.

        Returns:
            The name; None if there is to be none.

        Raises:
            ConfigError: If Kubeflow is to provide a TPU.
        """
        if not self.accelerator or target == "vertex":
            return self.accelerator
        if self.accelerator.startswith("TPU"):
            raise ConfigError(
                f"{self.accelerator}: on Kubeflow a TPU needs node selectors, which TFX cannot "
                "give: use Vertex AI, or a GPU"
            )
        return _GPU


class DataflowSettings(Settings):
    """The machines of Dataflow, where beam.runner says so."""

    machine_type: str = Field("n2-standard-4", description="of a worker")
    max_workers: int = Field(16, ge=1)
    disk_gb: int = Field(50, ge=10, description="of a worker; the image takes some 10")


class EndpointSettings(Settings):
    """A Vertex AI endpoint that blessed models are deployed to, in place of a folder."""

    name: str = Field("", description="of the endpoint, made where there is none; none if empty")
    machine_type: str = "n1-standard-4"
    replicas: int = Field(1, ge=1, description="machines a version, at least")
    max_replicas: int = Field(1, ge=1, description="and at most")
    traffic: int = Field(
        100, ge=1, le=100, description="per cent of requests that go to the newest version"
    )
    keep: int = Field(
        0, ge=0, description="older versions that stay deployed without traffic, for a rollback"
    )
    image: str = Field(
        "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest",
        description="Google's container that serves SavedModels; it has no other tag",
    )


class CloudSettings(Settings):
    """Google Cloud, Vertex AI and Kubeflow; none of it matters to a run on this machine."""

    project: str = Field("", pattern=r"^[a-z0-9:.-]*$", description="of Google Cloud")
    region: str = Field("us-central1", pattern=r"^[a-z0-9-]+$")
    root: str = Field("", description="folder of all artifacts; gs://PROJECT-outpainting/NAME")
    serving: str = Field("", description="folder of pushed models; ROOT/serving")
    image: str = Field("", description="container image of every step, with tag or digest")
    data: tuple[str, ...] = Field((), description="folders or .tar archives")
    service_account: str = Field("", description="whom the steps run as; the project's default")
    labels: dict[str, str] = Field({}, description="of runs and of all that they start")
    network: str = Field(
        "", description="to run in, on Vertex AI: projects/NUMBER/global/networks/NAME"
    )
    encryption_key: str = Field(
        "", description="a key of yours in Cloud KMS, on Vertex AI: projects/.../cryptoKeys/NAME"
    )
    tensorboard: str = Field(
        "",
        pattern=r"^(projects/[^/\s]+/locations/[^/\s]+/tensorboards/[^/\s]+)?$",
        description="of Vertex AI, that shows a custom job's training as it goes: "
        "projects/NUMBER/locations/REGION/tensorboards/ID",
    )
    experiment: str = Field(
        "", pattern=r"^([a-z0-9][a-z0-9-]{0,127})?$", description="that runs are listed in"
    )
    webhook: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="a URL that is told how each run ended"
    )
    retries: int = Field(0, ge=0, le=10, description="how often a step that fails is begun again")
    steps: Limits = Limits()
    example_gen: Limits = Limits()
    transform: Limits = Limits()
    evaluator: Limits = Limits()
    trainer: Machine = Machine()
    tuner: Machine = Machine()
    training_machine: str = Field(
        "", description="machine type of a Vertex AI custom job that trains; none if empty"
    )
    training_workers: int = Field(
        1, ge=1, description="such machines; they share each batch and the files of examples"
    )
    training_hours: float = Field(72, gt=0, description="such a job is stopped after so long")
    training_spot: bool = Field(False, description="on a machine that may be taken away, for less")
    dataflow: DataflowSettings = DataflowSettings()
    endpoint: EndpointSettings = EndpointSettings()
    kubernetes: KubernetesSettings = KubernetesSettings()

    @field_validator("image")
    @classmethod
    def _pinned(cls, image: str) -> str:
        tag = image.rpartition("/")[2].partition(":")[2]
        if image and "@sha256:" not in image and tag in ("", "latest"):
            raise ValueError("name a tag that stays what it is, such as :0.1.0, or a digest")
        return image

    @field_validator("labels")
    @classmethod
    def _labelled(cls, labels: dict[str, str]) -> dict[str, str]:
        for key, value in labels.items():
            if not re.match(_LABEL_KEY, key) or not re.match(_LABEL_VALUE, value):
                raise ValueError(
                    f"{key}: {value}: Google Cloud takes small letters, digits, - and _, at most "
                    "63 of them, and a letter first in a name"
                )
        return labels

    def limits(self, component: str) -> Limits:
        """What a component may use at most.

        Args:
            component: Its id.

        Returns:
            Its limits, or those of all components without limits of their own.
        """
        return {
            "ImageExampleGen": self.example_gen,
            "Transform": self.transform,
            "Evaluator": self.evaluator,
            "Trainer": self.trainer,
            "Tuner": self.tuner,
        }.get(component, self.steps)
