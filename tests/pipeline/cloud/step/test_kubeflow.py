import json

import pytest

from pipeline.cloud.step import kubeflow

EXAMPLES = {"instanceSchema": "title: tfx.Examples\ntype: object\n"}
INPUTS_SPEC = {"artifacts": {"examples": {"artifactType": EXAMPLES}}}


def invocation(kind: dict[str, str]) -> dict:
    examples = {"name": "7", "uri": "gs://b/examples", "type": kind, "metadata": {}}
    model = {"uri": "gs://b/model", "type": {"instanceSchema": "title: tfx.Model"}}
    log = {"uri": "gs://b/log", "type": {"schemaTitle": "system.Artifact"}}
    return {
        "inputs": {"artifacts": {"examples": {"artifacts": [examples]}}},
        "outputs": {
            "artifacts": {"model": {"artifacts": [model]}, "executor-logs": {"artifacts": [log]}},
            "outputFile": "/tmp/out.json",
        },
    }


def completed(kind: dict[str, str]) -> dict:
    told = json.loads(json.dumps(invocation(kind)))
    kubeflow.complete(told, INPUTS_SPEC)
    return told


@pytest.mark.parametrize("kind", [{}, {"instanceSchema": ""}])
def test_an_input_without_a_type_is_given_the_one_described(kind: dict[str, str]) -> None:
    (artifact,) = completed(kind)["inputs"]["artifacts"]["examples"]["artifacts"]
    assert artifact["type"] == EXAMPLES
    assert artifact["uri"] == "gs://b/examples"


def test_a_type_that_is_named_stays() -> None:
    told = completed({"schemaTitle": "tfx.Examples"})
    (artifact,) = told["inputs"]["artifacts"]["examples"]["artifacts"]
    assert artifact["type"] == {"schemaTitle": "tfx.Examples"}


def test_kubeflows_own_output_is_kept_from_tfx() -> None:
    assert list(completed({})["outputs"]["artifacts"]) == ["model"]


def test_tfx_cannot_do_without_it() -> None:
    """Once TFX can, this file and its module can go."""
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_entrypoint_utils

    def parse(told: dict) -> dict:
        message = json_format.ParseDict(told, pipeline_spec_pb2.ExecutorInput())
        return kubeflow_v2_entrypoint_utils.parse_raw_artifact_dict(message.inputs.artifacts)

    with pytest.raises(AttributeError, match="NoneType"):
        parse(invocation({"instanceSchema": ""}))
    assert parse(completed({"instanceSchema": ""}))["examples"][0].TYPE_NAME == "Examples"
