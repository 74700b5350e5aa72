"""Where a pipeline runs that does not run here, and on what. Light to import."""

import importlib.metadata
from typing import Literal, NamedTuple

from pydantic import Field, field_validator

from settings.strict import ConfigError, Settings

Target = Literal["local", "vertex", "kubeflow"]

_GPU = "nvidia.com/gpu"  # as Kubernetes calls every NVIDIA GPU
_ACCELERATOR = r"^(NVIDIA|TPU)_[A-Z0-9_]+$"


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
    """Beam components on Dataflow rather than within their step."""

    enabled: bool = False
    machine_type: str = Field("n2-standard-4", description="of a worker")
    max_workers: int = Field(16, ge=1)
    disk_gb: int = Field(50, ge=10, description="of a worker; the image takes some 10")


class CloudSettings(Settings):
    """Google Cloud, Vertex AI and Kubeflow; none of it matters to a run on this machine."""

    project: str = Field("", pattern=r"^[a-z0-9:.-]*$", description="of Google Cloud")
    region: str = Field("us-central1", pattern=r"^[a-z0-9-]+$")
    root: str = Field("", description="folder of all artifacts; gs://PROJECT-outpainting/NAME")
    serving: str = Field("", description="folder of pushed models; ROOT/serving")
    image: str = Field("", description="container image of every step, with tag or digest")
    data: tuple[str, ...] = Field((), description="folders or .tar archives")
    service_account: str = Field("", description="whom the steps run as; the project's default")
    steps: Limits = Limits()
    example_gen: Limits = Limits()
    transform: Limits = Limits()
    evaluator: Limits = Limits()
    trainer: Machine = Machine()
    tuner: Machine = Machine()
    training_machine: str = Field(
        "", description="machine type of a Vertex AI custom job that trains; none if empty"
    )
    training_hours: float = Field(72, gt=0, description="such a job is stopped after so long")
    dataflow: DataflowSettings = DataflowSettings()
    endpoint: str = Field(
        "", description="name of a Vertex AI endpoint to deploy to; none if empty"
    )
    endpoint_machine: str = Field("n1-standard-4", description="machine type of the endpoint")
    endpoint_image: str = Field(
        "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest",
        description="Google's container that serves SavedModels; it has no other tag",
    )

    @field_validator("image")
    @classmethod
    def _pinned(cls, image: str) -> str:
        tag = image.rpartition("/")[2].partition(":")[2]
        if image and "@sha256:" not in image and tag in ("", "latest"):
            raise ValueError("name a tag that stays what it is, such as :0.1.0, or a digest")
        return image

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


class Places(NamedTuple):
    """Where a pipeline reads and writes, and which image its steps run in."""

    data: tuple[str, ...]
    root: str
    serving: str
    image: str


def places(settings: CloudSettings, name: str, target: Target) -> Places:
    """Fills in what was not said, as far as it follows from what was.

    Args:
        settings: What was said.
        name: The pipeline's name.
        target: `vertex` or `kubeflow`.

    Returns:
        Where to read and write, and the image.

    Raises:
        ConfigError: If something is missing or cannot be; told with its option.
    """
    missing = []
    if not settings.data:
        missing.append("data: name a folder or an archive, such as --data gs://BUCKET/FOLDER")
    if not settings.project and not settings.root:
        missing.append("root: give --root gs://BUCKET/FOLDER, or --project to name one for it")
    if not settings.project and not settings.image:
        missing.append("image: give --image, or --project to name one for it")
    if settings.dataflow.enabled:
        missing += _lacks_for_dataflow(settings, target)
    root = (settings.root or f"gs://{settings.project}-outpainting/{name}").rstrip("/")
    local = [place for place in settings.data if "://" not in place]
    if "://" in root and local:
        missing.append(f"data: no step can read {', '.join(local)} from there: copy it to a bucket")
    if missing:
        raise ConfigError("\n".join(f"cloud.{line}" for line in missing))
    version = importlib.metadata.version("outpainting")
    repository = f"{settings.region}-docker.pkg.dev/{settings.project}/outpainting"
    return Places(
        settings.data,
        root,
        settings.serving or f"{root}/serving",
        settings.image or f"{repository}/outpainting:{version}",
    )


def _lacks_for_dataflow(settings: CloudSettings, target: Target) -> list[str]:
    if target == "kubeflow":
        return [
            "dataflow.enabled: on Kubeflow TFX keeps temporary files inside the step, where "
            "Dataflow's workers cannot read them: use Vertex AI"
        ]
    return [] if settings.project else ["project: Dataflow needs one; give --project"]
