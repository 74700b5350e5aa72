import json
from pathlib import Path

import pytest

import settings
from pipeline.pipeline import Paths, create_pipeline
from tests.dag import COMPONENTS

PATHS = Paths(("data/sample",), "/nowhere/root", "/nowhere/serving")


def test_components_stand_in_the_order_in_which_data_flows() -> None:
    names = [component.id for component in create_pipeline(settings.load(), PATHS).components]
    assert tuple(names) == COMPONENTS


def test_the_gate_holds_back_everything_that_learns() -> None:
    by_name = {c.id: c for c in create_pipeline(settings.load(), PATHS).components}
    assert by_name["ValidationGate"] in by_name["Transform"].upstream_nodes
    assert by_name["Transform"] in by_name["Trainer"].upstream_nodes


def test_settings_of_one_component_leave_the_others_cached() -> None:
    def properties(*overrides: str) -> dict[str, str]:
        pipeline = create_pipeline(settings.load("sample", overrides), PATHS)
        return {c.id: str(c.exec_properties) for c in pipeline.components}

    def changed(*overrides: str) -> set[str]:
        before, after = properties(), properties(*overrides)
        return {name for name in before if before[name] != after[name]}

    assert changed("training.gan.epochs=9") == {"Trainer"}
    assert changed("mask.left=16") == {"Transform", "Trainer"}
    assert changed("data.working_size=200") == {"ImageExampleGen"}
    assert changed("data.min_side=40") == {"ImageExampleGen", "CuratedSchema"}
    assert changed("evaluation.min_psnr_gain=1") == {"Evaluator"}
    assert changed("evaluation.category_floors={beach: 9}") == {"Evaluator"}
    assert changed("evaluation.page_images=0") == set()


def test_held_out_images_come_beside_those_that_are_learnt_from() -> None:
    pipeline = create_pipeline(settings.load("report"), PATHS)
    example_gen = next(c for c in pipeline.components if c.id == "ImageExampleGen")
    packed = json.loads(str(example_gen.exec_properties["custom_config"]))
    assert "564" in json.dumps(packed)  # 500 and 64
    assert settings.load("report").training.held_out_images == 64


def test_the_tuner_stands_before_the_trainer_and_feeds_it_if_it_is_turned_on() -> None:
    pipeline = create_pipeline(settings.load("sample", ["tuner.enabled=true"]), PATHS)
    names = [component.id for component in pipeline.components]
    assert names[names.index("Trainer") - 1] == "Tuner"
    by_name = {component.id: component for component in pipeline.components}
    found = by_name["Trainer"].inputs["hyperparameters"]
    assert found is by_name["Tuner"].outputs["best_hyperparameters"]
    assert by_name["ValidationGate"] in by_name["Transform"].upstream_nodes


def test_a_missing_schema_is_an_error_that_names_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such-schema\.pbtxt"):
        create_pipeline(
            settings.load("sample", ["validation.schema_file=/no-such-schema.pbtxt"]), PATHS
        )


def test_a_model_named_by_uri_stands_in_for_the_last_blessed() -> None:
    def baseline(uri: str):
        pipeline = create_pipeline(
            settings.load("sample", [f"evaluation.baseline_model_uri={uri}"]), PATHS
        )
        by_name = {component.id: component for component in pipeline.components}
        assert "LatestBlessedModel" not in by_name
        named = by_name["BaselineModel"]
        assert by_name["Evaluator"].inputs["baseline_model"] is named.outputs["result"]
        return named.exec_properties["artifact_uri"]

    assert baseline("gs://bucket/serving/7") == "gs://bucket/serving/7"
    assert baseline("output/serving/7") == str(Path("output/serving/7").absolute())
