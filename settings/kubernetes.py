"""What Kubernetes gives the steps beside cores and memory, on Kubeflow. Light to import."""

import posixpath
import re
from typing import Literal

from pydantic import Field, field_validator

from settings.strict import Settings

_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_SECRET = re.compile(r"^[a-z0-9][a-z0-9.-]*/[A-Za-z0-9._-]+$")
# Where Kubeflow's launcher puts artifacts, and where shared memory is.
_TAKEN = ("/dev", "/gcs", "/minio", "/s3", "/tmp")


class Toleration(Settings):
    """Of a node's taint, as Kubernetes calls its parts."""

    key: str = Field("", description="all taints if empty, with operator Exists")
    operator: Literal["Equal", "Exists"] = "Exists"
    value: str = ""
    effect: Literal["", "NoExecute", "NoSchedule", "PreferNoSchedule"] = ""
    seconds: int | None = Field(None, ge=0, description="for how long, with NoExecute")


class Nodes(Settings):
    """Which nodes steps run on."""

    node_selector: dict[str, str] = Field({}, description="labels that a node must have")
    tolerations: tuple[Toleration, ...] = ()


class KubernetesSettings(Settings):
    """Volumes, secrets and nodes."""

    store: str = Field(
        "",
        pattern=r"^((gs|s3|minio)://[^\s/]+(/\S*)?)?$",
        description="bucket of artifacts, which Kubeflow carries to steps and back; cloud.root",
    )
    volumes: dict[str, str] = Field(
        {}, description="folders of the steps and the PersistentVolumeClaims that are there"
    )
    secrets: dict[str, str] = Field(
        {}, description="variables of the steps, and the SECRET/KEY that each comes from"
    )
    shared_memory_gb: float = Field(
        0, ge=0, description="of /dev/shm, of a step's memory; Kubernetes' 64 MB if 0"
    )
    steps: Nodes = Nodes()
    training: Nodes = Field(Nodes(), description="of what learns, beside those of all steps")

    @field_validator("volumes")
    @classmethod
    def _mountable(cls, volumes: dict[str, str]) -> dict[str, str]:
        for folder in volumes:
            if not folder.startswith("/") or posixpath.normpath(folder) != folder or folder == "/":
                raise ValueError(f"{folder}: a folder of its own, such as /mnt/photographs")
            if any(f"{folder}/".startswith(f"{taken}/") for taken in _TAKEN):
                raise ValueError(f"{folder}: taken by Kubeflow or the system")
        return volumes

    @field_validator("secrets")
    @classmethod
    def _named(cls, secrets: dict[str, str]) -> dict[str, str]:
        for variable, secret in secrets.items():
            if not _VARIABLE.match(variable) or not _SECRET.match(secret):
                raise ValueError(f"{variable}: {secret}: write VARIABLE: SECRET/KEY")
        return secrets

    @property
    def bucket(self) -> str:
        """That of the store, as `s3://NAME/`; empty where there is no store."""
        scheme, _, rest = self.store.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/" if self.store else ""

    def holds(self, place: str) -> bool:
        """Tells whether a folder or a file is on a volume.

        Args:
            place: Its path.
        """
        path = posixpath.normpath(place)
        return any(f"{path}/".startswith(f"{folder}/") for folder in self.volumes)
