"""`kubeflow_dag_runner.py`, called as from the command line."""

import os

from click.testing import CliRunner, Result

import kubeflow_dag_runner

SAID = ["--preset", "smoke", "--project", "mine", "--data", "gs://photos/places"]


def invoke(*arguments: str, **environment: str) -> Result:
    clean = {name: None for name in os.environ if name.startswith(("OUTPAINTING_", "GOOGLE_"))}
    return CliRunner().invoke(
        kubeflow_dag_runner.main,
        arguments,
        env={**clean, **environment},
        auto_envvar_prefix="OUTPAINTING",
    )
