"""Which of several machines this is, as TF_CONFIG tells it. Light to import."""

import dataclasses
import json
import os

VARIABLE = "TF_CONFIG"
_CHIEFS = ("chief", "master")  # the latter as older platforms call it
_WORKER = "worker"


@dataclasses.dataclass(frozen=True)
class Worker:
    """One of the processes, each on a machine of its own, that train together."""

    index: int = 0
    count: int = 1

    @property
    def is_chief(self) -> bool:
        """Whether it is the one that writes."""
        return self.index == 0


def here() -> Worker:
    """Reads what Vertex AI's custom jobs and Kubeflow's training operator tell each machine.

    Returns:
        This process: the only one where nothing is told.

    Raises:
        ValueError: If what is told is not understood.
    """
    told = os.environ.get(VARIABLE)
    if not told:
        return Worker()
    try:
        config = json.loads(told)
        machines = config.get("cluster", {})
        chiefs = sum(len(machines.get(kind, ())) for kind in _CHIEFS)
        count = chiefs + len(machines.get(_WORKER, ()))
        if count <= 1:
            return Worker()
        kind, number = config["task"]["type"], int(config["task"]["index"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{VARIABLE} is not as TensorFlow has it: {told}") from error
    if kind not in (*_CHIEFS, _WORKER):
        raise ValueError(
            f"{VARIABLE}: this machine is a {kind}; training has a chief and workers, none else"
        )
    return Worker(number + (chiefs if kind == _WORKER else 0), count)
