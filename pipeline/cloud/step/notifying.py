"""Tells a webhook how a run ended: `python -m pipeline.cloud.step.notifying`, its last step."""

import argparse
import json
from typing import Any
from urllib.parse import urlsplit

import requests

_SUCCEEDED = {"SUCCEEDED", "COMPLETE"}  # as Vertex AI and as Kubeflow call it
_TIMEOUT = 30  # seconds


def message(pipeline: str, told: dict[str, Any]) -> dict[str, Any]:
    """Says how a run ended.

    Args:
        pipeline: Its name.
        told: What the step is told: among it the final status of the others.

    Returns:
        What is sent. `text` is a line for people, by the name that chat programs look for.
    """
    status = told.get("inputs", {}).get("parameterValues", {}).get("status", {})
    if isinstance(status, str):
        status = json.loads(status)
    state = status.get("state", "UNKNOWN")
    run = status.get("pipelineJobResourceName", "")
    error = status.get("error", {}).get("message", "")
    succeeded = state in _SUCCEEDED
    text = f"{pipeline}: {'succeeded' if succeeded else state.lower()}"
    text += f", {run}" * bool(run) + f": {error}" * bool(error)
    return {
        "text": text,
        "pipeline": pipeline,
        "succeeded": succeeded,
        "state": state,
        "run": run,
        "error": error,
    }


def send(webhook: str, body: dict[str, Any]) -> None:
    """Sends it, once.

    Args:
        webhook: A URL. Whoever knows it may send there, so no error says more of it than its host.
        body: As `message` gives it.

    Raises:
        SystemExit: If it does not arrive.
    """
    host = urlsplit(webhook).hostname
    try:
        answer = requests.post(webhook, json=body, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise SystemExit(f"webhook at {host}: {type(error).__name__}") from None
    if not 200 <= answer.status_code < 300:
        raise SystemExit(f"webhook at {host}: {answer.status_code} {answer.reason}")


def main() -> None:
    """Sends what the arguments say."""
    parser = argparse.ArgumentParser(prog="pipeline.cloud.step.notifying", allow_abbrev=False)
    parser.add_argument("--webhook", required=True, help="the URL to tell")
    parser.add_argument("pipeline", help="its name")
    parser.add_argument("told", type=json.loads, help="what the platform tells the step")
    known = parser.parse_args()
    body = message(known.pipeline, known.told)
    print(body["text"])
    send(known.webhook, body)


if __name__ == "__main__":
    main()
