"""Sends a compiled pipeline to Vertex AI or Kubeflow, to run now or by a schedule."""


class SubmitError(RuntimeError):
    """A server that cannot be reached or that refuses, told so that a person can mend it."""
