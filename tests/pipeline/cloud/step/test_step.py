"""What a step's container does before TFX takes over."""

import json
from importlib import metadata

import pytest

import settings
from models import features
from pipeline import source
from pipeline.cloud.step import __main__ as step
from pipeline.cloud.step import checks, parameters

INVOCATION, SPEC = "--json_serialized_invocation_args", "--json_serialized_inputs_spec_args"


def told(said: str = "") -> dict:
    config = settings.load("smoke").model_dump_json(include={"mask", "model", "training"})
    custom = json.dumps({features.CONFIG_KEY: config, features.CODE_KEY: "c"})
    values = {"custom_config": custom, **({parameters.SETTINGS: said} if said else {})}
    return {"inputs": {"parameterValues": values}}


def prepared(invocation: dict, *ours: str, target: str = "vertex") -> list[str]:
    words = [
        "--target",
        target,
        "--code",
        source.code_hash(),
        "--tfx",
        source.LINE,
        *ours,
        "--executor_class_path",
        "a.B",
    ]
    words += [INVOCATION, json.dumps(invocation), SPEC, "{}", "--runner=DirectRunner"]
    found, _ = step.prepare(words)
    return found


def after(words: list[str], option: str) -> dict:
    return json.loads(words[words.index(option) + 1])


def test_tfx_is_given_its_own_arguments_and_none_of_ours() -> None:
    words = prepared(told())
    assert words[:3] == ["--executor_class_path", "a.B", "--runner=DirectRunner"]
    assert words[3::2] == [INVOCATION, SPEC]
    assert after(words, INVOCATION) == told()


@pytest.mark.parametrize("target", ["vertex", "kubeflow"])
def test_only_on_kubeflow_are_inputs_given_types(target: str) -> None:
    examples = {"artifacts": [{"uri": "gs://b/e", "type": {}}]}
    invocation = {"inputs": {"artifacts": {"examples": examples}}}
    kind = {"instanceSchema": "title: tfx.Examples"}
    spec = {"artifacts": {"examples": {"artifactType": kind}}}
    words = ["--target", target, "--code", source.code_hash(), "--tfx", source.LINE]
    told = [INVOCATION, json.dumps(invocation), SPEC, json.dumps(spec)]
    words, _ = step.prepare([*words, *told])
    (artifact,) = after(words, INVOCATION)["inputs"]["artifacts"]["examples"]["artifacts"]
    assert artifact["type"] == (kind if target == "kubeflow" else {})


def prepare_with(code: str, line: str) -> None:
    told = ["--target", "vertex", "--code", code, "--tfx", line]
    step.prepare([*told, INVOCATION, "{}", SPEC, "{}"])


def test_an_image_with_another_tfx_is_refused_with_what_to_build() -> None:
    with pytest.raises(
        SystemExit, match=r"with TFX 0\.9: build the image with --build-arg TFX=0\.9"
    ):
        prepare_with(source.code_hash(), "0.9")


def test_the_line_is_that_of_the_tfx_that_is_installed() -> None:
    assert metadata.version("tfx").startswith(f"{source.LINE}.")


def test_an_image_with_other_code_is_refused_with_what_to_build() -> None:
    with pytest.raises(SystemExit) as caught:
        prepare_with("0" * 16, source.LINE)
    message = str(caught.value)
    assert source.code_hash() in message
    assert "0" * 16 in message
    assert "python -m pipeline.source" in message


def test_a_step_that_asked_for_a_gpu_and_finds_none_fails(monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # also where there is one
    with pytest.raises(SystemExit) as caught:
        prepared(told(), "--accelerator", "NVIDIA_L4")
    assert "asked for NVIDIA_L4, and TensorFlow sees none" in str(caught.value)
    assert "EXTRAS=gpu" in str(caught.value)


def test_a_step_that_asked_for_a_tpu_and_finds_none_fails() -> None:
    with pytest.raises(checks.CannotRun, match="TPU=1"):
        checks.check_accelerator("TPU_V3")


def test_a_runs_settings_change_what_is_learnt_and_nothing_else() -> None:
    words = prepared(told("training.gan.epochs=7 'training.generator.betas=[0.5, 0.9]'"))
    values = after(words, INVOCATION)["inputs"]["parameterValues"]
    assert list(values) == ["custom_config"]
    custom = json.loads(values["custom_config"])
    assert custom[features.CODE_KEY] == "c"
    before = json.loads(json.loads(told()["inputs"]["parameterValues"]["custom_config"])["config"])
    config = json.loads(custom[features.CONFIG_KEY])
    assert config["training"]["gan"]["epochs"] == 7
    assert config["training"]["generator"]["betas"] == [0.5, 0.9]
    config["training"]["gan"]["epochs"] = before["training"]["gan"]["epochs"]
    config["training"]["generator"]["betas"] = before["training"]["generator"]["betas"]
    assert config == before


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("training.batchsize=3", "no such setting"),
        ("training.batch_size=-3", "training.batch_size: "),
        ("training.batch_size", "write it as section.setting=value"),
        ("mask.left=3", "fixed when the pipeline is compiled"),
        ("training.crop=true", "fixed when the pipeline is compiled"),
        ("'training.seed=1", "No closing quotation"),
    ],
)
def test_a_setting_that_a_run_cannot_change_stops_the_step(said: str, words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        prepared(told(said))
