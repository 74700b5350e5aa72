"""What a step's container runs: `python -m pipeline.cloud.step`, then TFX's own entry point.

Compiling writes the options that are ours into the step's command; what follows is TFX's.
"""

import argparse
import json
import runpy
import sys
from collections.abc import Callable, Sequence
from functools import partial

from pipeline.cloud.step import checks, kubeflow, metrics, parameters, store, volume

_TFX = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"
_INVOCATION = "--json_serialized_invocation_args"
_INPUTS_SPEC = "--json_serialized_inputs_spec_args"


def prepare(arguments: Sequence[str]) -> tuple[list[str], list[Callable[[], None]]]:
    """Checks the image and the machine, and makes of the step's arguments those that TFX takes.

    Args:
        arguments: The step's.

    Returns:
        TFX's, and what is to be done, in order, once it has run.

    Raises:
        SystemExit: If the step cannot do what it was asked to, with the reason and the remedy.
    """
    parser = argparse.ArgumentParser(prog="pipeline.cloud.step", allow_abbrev=False)
    parser.add_argument("--target", choices=["vertex", "kubeflow"], required=True)
    parser.add_argument("--code", required=True, help="the hash that the image's code must have")
    parser.add_argument("--tfx", required=True, help="the line of TFX that the image must have")
    parser.add_argument("--accelerator", help="what the step asked for, such as NVIDIA_L4")
    parser.add_argument("--volume", help="a folder for examples, of which no step has a copy")
    parser.add_argument(_INVOCATION, dest="invocation", required=True, type=json.loads)
    parser.add_argument(_INPUTS_SPEC, dest="inputs_spec", required=True, type=json.loads)
    known, others = parser.parse_known_args(arguments)
    try:
        checks.check_line(known.tfx)
        checks.check_code(known.code)
        if known.accelerator:
            checks.check_accelerator(known.accelerator)
        parameters.apply(known.invocation, known.inputs_spec)
    except checks.CannotRun as error:
        raise SystemExit(str(error)) from error
    afterwards: list[Callable[[], None]] = []
    if figures := metrics.take(known.invocation):
        afterwards.append(partial(metrics.add, figures, known.invocation))
    if known.target == "kubeflow":
        kubeflow.complete(known.invocation, known.inputs_spec)
        if store.localize(known.invocation):
            volume.find(known.invocation)
            if known.volume and (examples := volume.lay_out(known.invocation, known.volume)):
                afterwards.append(partial(volume.leave, examples))
            afterwards.append(partial(store.restore, known.invocation["outputs"]["outputFile"]))
    told = {_INVOCATION: known.invocation, _INPUTS_SPEC: known.inputs_spec}
    words = [word for key, value in told.items() for word in (key, json.dumps(value))]
    return [*others, *words], afterwards


def main() -> None:
    """Does what the command line says."""
    sys.argv[1:], afterwards = prepare(sys.argv[1:])
    try:
        runpy.run_module(_TFX, run_name="__main__", alter_sys=True)  # which ends by sys.exit
    finally:
        for finish in afterwards:
            finish()


if __name__ == "__main__":
    main()
