import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import settings
from models import features
from models.networks import report
from settings import data
from settings.evaluation import EvaluationSettings
from settings.training import TrainingSettings


def test_every_preset_loads_and_survives_json() -> None:
    assert set(settings.presets()) >= {"smoke", "sample", "report", "sabini-rusak", "places365"}
    for name in settings.presets():
        loaded = settings.load(name)
        assert loaded.preset == name
        assert settings.Config.model_validate(json.loads(loaded.model_dump_json())) == loaded


def test_report_preset_is_the_reports() -> None:
    loaded = settings.load("report")
    assert (loaded.data.train_images, loaded.data.eval_images) == (500, 100)
    assert loaded.training.batch_size == 32
    epochs = [
        getattr(loaded.training, name).epochs for name in ("generator", "discriminator", "gan")
    ]
    assert epochs == [200, 150, 220]
    assert loaded.mask.border == (32, 32, 32, 32)
    assert loaded.model.dilation_rates == report.DILATION_RATES
    assert loaded.training.export == "last"
    assert not loaded.training.flip


def test_sabini_rusak_preset_is_theirs() -> None:
    loaded = settings.load("sabini-rusak")
    plans = [getattr(loaded.training, name) for name in ("generator", "discriminator", "gan")]
    iterations = [plan.image_steps / loaded.training.batch_size for plan in plans]
    assert sum(iterations) == 227_500
    assert [count / 227_500 for count in iterations] == [0.18, 0.02, 0.8]
    assert {plan.learning_rate for plan in plans} == {0.001}
    assert loaded.training.export == "last"
    assert loaded.training.adversarial_weight == 0.0004
    assert loaded.training.batch_size == 16
    assert loaded.mask.border == (32, 32, 0, 0)


def test_sizes_agree_with_the_vocabulary() -> None:
    assert data.IMAGE_SIZE == features.IMAGE_SIZE
    fills = get_args(EvaluationSettings.model_fields["baseline"].annotation)
    assert fills == ("best_smooth_fill", "best_fill", *features.FILLS)


def test_overrides_are_typed_and_win_over_the_preset() -> None:
    loaded = settings.load(
        "report", ["training.batch_size=16", "training.gan.epochs=3", "name=mine"]
    )
    assert loaded.training.batch_size == 16
    assert loaded.training.gan.epochs == 3
    assert loaded.training.generator.epochs == 200
    assert loaded.name == "mine"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.load().training.batch_size = 2  # type: ignore[misc]


def test_unknown_setting_names_itself_its_origin_and_what_is_allowed() -> None:
    with pytest.raises(settings.ConfigError) as caught:
        settings.load("sample", ["training.batchsize=3"])
    message = str(caught.value)
    assert "training.batchsize" in message
    assert "--set training.batchsize=3" in message
    assert "batch_size" in message


def test_unknown_setting_in_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("training: {epochs: 3}\n")
    with pytest.raises(settings.ConfigError, match=r"training\.epochs: no such setting") as caught:
        settings.load(str(file))
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.batch_size=0", ["training.batch_size", "greater than or equal to 1", "0"]),
        ("training.batch_size=many", ["training.batch_size", "valid integer", "many"]),
        ("training.loss_region=edge", ["training.loss_region", "'hidden'", "'all'"]),
        ("mask.left=100", ["mask", "below 128"]),
        ("mask={left: 0, right: 0, top: 0, bottom: 0}", ["at least one side"]),
        ("model.dilation_rates=[1, 2, 4, 9, 1]", ["dilation_rates", "1 to 8"]),
        ("model.dilation_rates=[1, 2]", ["model.dilation_rates"]),
        ("name=Not A Name", ["name", "pattern"]),
        ("evaluation.baseline=fade", ["evaluation.baseline", "'best_fill'", "'fade_fill'"]),
        ("evaluation={min_seam: 2, max_seam: 1}", ["min_seam must not be above max_seam"]),
        ("evaluation.category_floors={sea: deep}", ["evaluation.category_floors.sea", "deep"]),
        ("training=3", ["training"]),
        ("training.batch_size", ["section.setting=value"]),
        ("training.batch_size=[", ["not YAML"]),
    ],
)
def test_impossible_setting_is_explained(override: str, words: list[str]) -> None:
    with pytest.raises(settings.ConfigError) as caught:
        settings.load("sample", [override])
    for word in words:
        assert word in str(caught.value)


def test_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(settings.ConfigError, match=r"no preset 'sampel'.*sample"):
        settings.load("sampel")


@pytest.mark.parametrize("text", ["[1, 2]", "a: b: c", "\x00"])
def test_file_that_is_no_mapping_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(settings.ConfigError, match=r"bad\.yaml"):
        settings.load(str(file))


@given(st.integers(-5, 140), st.integers(-5, 140), st.integers(-5, 140), st.integers(-5, 140))
def test_only_borders_that_leave_something_known_pass(
    left: int, right: int, top: int, bottom: int
) -> None:
    sides = (left, right, top, bottom)
    fits = min(sides) >= 0 and any(sides) and left + right < 128 and top + bottom < 128
    override = f"mask={{left: {left}, right: {right}, top: {top}, bottom: {bottom}}}"
    if fits:
        assert settings.load("sample", [override]).mask.border == sides
    else:
        with pytest.raises(settings.ConfigError):
            settings.load("sample", [override])


def test_a_phase_has_one_budget_in_epochs_or_in_image_steps() -> None:
    plan = TrainingSettings(gan={"image_steps": 1000}).gan
    assert plan.runs
    assert [plan.epochs_of(images) for images in (100, 999, 1000, 3000)] == [10, 2, 1, 1]
    assert TrainingSettings(gan={"epochs": 3}).gan.epochs_of(10) == 3
    assert not TrainingSettings(gan={}).gan.runs
    with pytest.raises(ValidationError, match="give one of them"):
        TrainingSettings(gan={"epochs": 3, "image_steps": 1000})
