"""The search space, and a real search: of tiny networks, on real photographs."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_tuner
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from models.networks.build import Networks
from models.training import loop
from models.training import search as tuning
from models.training.adversarial.phases import PHASES
from models.training.checkpoints import Checkpoints
from settings.config import Config
from settings.model import ModelSettings
from settings.training import PhaseSettings, TrainingSettings, TunerSettings
from tests.models.conftest import Fixed

pytestmark = [
    # It asks for the name of its thread in an old way.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:keras_tuner"),
    # So few trials leave the model of the errors some freedom.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

Build = Callable[[], Networks]
RATES = [f"dilation_rate_{index}" for index in range(5)]
NAMES = {*RATES, "generator_learning_rate", "gan_learning_rate", "adversarial_weight"}


def config(rate: float = 0.004, trials: int = 3, **others: Any) -> Config:
    """Short phases, the discriminator's left out."""
    return Config(
        model=ModelSettings(dilation_rates=(1, 2, 3, 4, 5)),
        training=TrainingSettings(
            generator=PhaseSettings(epochs=2, learning_rate=rate),
            discriminator=PhaseSettings(epochs=0),
            gan=PhaseSettings(epochs=5, learning_rate=rate),
            checkpoint_seconds=60,
            **others,
        ),
        tuner=TunerSettings(trials=trials, generator_epochs=1, gan_epochs=2),
    )


def ranges(given: Config) -> dict[str, tuple]:
    return {hp.name: (hp.min_value, hp.max_value) for hp in tuning.space(given).space}


def test_space_has_the_settings_that_matter_each_in_its_range() -> None:
    space = tuning.space(config())
    learning_rates = dict.fromkeys(NAMES - {*RATES, "adversarial_weight"}, (1e-5, 1e-2))
    weight = {"adversarial_weight": (1e-4, 1e-2)}
    assert ranges(config()) == dict.fromkeys(RATES, (1, 8)) | learning_rates | weight
    assert [space.get(name) for name in RATES] == [1, 2, 3, 4, 5]
    assert space.get("generator_learning_rate") == 0.004


def test_only_what_makes_a_difference_is_searched() -> None:
    plan = PhaseSettings(epochs=1, optimizer="muon", learning_rate=0.02)
    left_out = dict.fromkeys(("discriminator", "gan"), PhaseSettings(epochs=0))
    training = TrainingSettings(generator=plan, **left_out)
    recipe = Config(model=ModelSettings(generator="unet"), training=training)
    assert ranges(recipe) == {"generator_learning_rate": (1e-3, 0.1)}


positive = st.floats(1e-9, 1e3)


@given(st.tuples(*[st.integers(1, 8)] * 5), st.lists(positive, min_size=4, max_size=4))
def test_whatever_the_settings_are_lies_in_the_space_and_is_its_default(
    rates: tuple[int, ...], values: list[float]
) -> None:
    *learning_rates, weight = values
    plans = {
        phase: PhaseSettings(epochs=1, learning_rate=rate)
        for phase, rate in zip(PHASES, learning_rates, strict=True)
    }
    chosen = Config(
        model=ModelSettings(dilation_rates=rates),
        training=TrainingSettings(adversarial_weight=weight, **plans),
    )
    defaults = {hp.name: hp.default for hp in tuning.space(chosen).space}
    for name, (low, high) in ranges(chosen).items():
        assert low <= defaults[name] <= high
    assert tuning.apply(chosen, defaults) == chosen


@given(st.integers(0, 2**31))
def test_a_choice_reaches_the_settings_and_nothing_else(seed: int) -> None:
    before = config(seed=5)
    chosen = {hp.name: hp.random_sample(seed) for hp in tuning.space(before).space}
    after = tuning.apply(before, chosen)
    assert after.model.dilation_rates == tuple(chosen[name] for name in RATES)
    for phase in ("generator", "gan"):
        plan = getattr(after.training, phase)
        assert plan.learning_rate == chosen[f"{phase}_learning_rate"]
    assert after.training.discriminator == before.training.discriminator
    assert after.training.adversarial_weight == chosen["adversarial_weight"]
    assert Config.model_validate_json(after.model_dump_json()) == after
    defaults = {hp.name: hp.default for hp in tuning.space(before).space}
    assert tuning.apply(after, defaults) == before


def test_a_trial_is_shortened_and_what_is_left_out_stays_out() -> None:
    short = tuning.shortened(config()).training
    assert [getattr(short, phase).epochs for phase in PHASES] == [1, 0, 2]
    assert short.gan.learning_rate == 0.004
    longer = TunerSettings(generator_epochs=9, discriminator_epochs=9, gan_epochs=9)
    kept = config().model_copy(update={"tuner": longer})
    assert tuning.shortened(kept) == kept  # never longer than the training itself


class Trainer:
    """Trains tiny networks, and keeps what was chosen and what came of it."""

    def __init__(self, build: Build, batches: tf.data.Dataset, folder: Path) -> None:
        self._build, self._batches, self._folder = build, batches, folder
        self.runs: list[tuple[Config, loop.FiguresByPhase]] = []

    def __call__(self, chosen: Config) -> loop.FiguresByPhase:
        feed = Fixed(self._batches.take(1), held_out=self._batches.skip(1))
        saved = Checkpoints(str(self._folder / f"trial-{len(self.runs)}"))
        figures = loop.train(self._build(), feed, chosen.training, saved)
        self.runs.append((chosen, figures))
        return figures


@pytest.fixture(scope="module")
def searches(
    tiny_networks: Build, batches: tf.data.Dataset, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[tuning.Search, Trainer]]:
    """Two of the same seed; eagerly, as graphs of so few steps would take longer."""
    done = []
    tf.config.run_functions_eagerly(True)
    for _ in range(2):
        folder = tmp_path_factory.mktemp("search")
        trainer = Trainer(tiny_networks, batches, folder)
        # A seed of 0, which KerasTuner by itself takes for none.
        search = tuning.Search(config(seed=0), trainer, str(folder))
        search.search(verbose=0)
        done.append((search, trainer))
    tf.config.run_functions_eagerly(False)
    return done


def test_a_search_tries_the_settings_first_and_takes_what_errs_least(searches) -> None:
    search, trainer = searches[0]
    assert trainer.runs[0][0] == tuning.shortened(config(seed=0))
    errors = []
    for chosen, figures in trainer.runs:
        assert [len(figures[phase]["val_mse"]) for phase in ("generator", "gan")] == [1, 2]
        errors.append(min(figures["gan"]["val_mse"]))
        assert chosen.training.discriminator.epochs == 0
    assert len(set(errors)) == 3
    best = search.get_best_hyperparameters()[0].values
    assert best.keys() == NAMES
    winner, _ = trainer.runs[errors.index(min(errors))]
    assert tuning.shortened(tuning.apply(config(seed=0), best)) == winner


def test_a_search_of_the_same_seed_comes_to_the_same(searches) -> None:
    (_, first), (_, again) = searches
    assert again.runs == first.runs


def test_the_best_is_logged_in_a_line(searches, caplog: pytest.LogCaptureFixture) -> None:
    search, trainer = searches[0]
    with caplog.at_level("INFO", "models.training.search"):
        search.results_summary()
    error = min(min(figures["gan"]["val_mse"]) for _, figures in trainer.runs)
    assert f"of 3: val_mse {error:.4f} with dilation_rate_0 " in caplog.text


def figures_of(chosen: Config) -> loop.FiguresByPhase:
    """Figures with the least error at a learning rate of 0.001; none of other phases."""
    distance = abs(math.log(chosen.training.generator.learning_rate / 0.001))
    return {"gan": {"val_mse": [9.0, distance]}, "discriminator": {"loss": [0.0]}}


def test_a_search_cut_short_goes_on_with_the_trial_it_was_at(tmp_path: Path) -> None:
    tried = []

    def train(chosen: Config) -> loop.FiguresByPhase:
        tried.append(chosen)
        if len(tried) == 2:
            raise KeyboardInterrupt
        return figures_of(chosen)

    with pytest.raises(KeyboardInterrupt):
        tuning.Search(config(), train, str(tmp_path)).search(verbose=0)
    search = tuning.Search(config(), train, str(tmp_path))
    search.search(verbose=0)
    assert len(tried) == 4
    assert tried[2] == tried[1]
    assert tried[0] == tuning.shortened(config())
    scores = [trial.score for trial in search.oracle.get_best_trials(3)]
    expected = sorted(figures_of(tried[i])["gan"]["val_mse"][1] for i in (0, 2, 3))
    assert scores == expected


def test_a_longer_search_learns_from_its_trials(tmp_path: Path) -> None:
    search = tuning.Search(config(trials=6), figures_of, str(tmp_path))
    search.search(verbose=0)
    assert len(search.oracle.trials) == 6
    # The last of them was chosen by a model of the errors of all before it.
    assert len(search.oracle.gpr.X_train_) == 5


def test_a_trial_that_diverged_is_not_judged_by_an_earlier_phase(tmp_path: Path) -> None:
    ended = {"generator": {"val_mse": [0.01]}, "gan": {"loss": [math.nan], "val_mse": [math.nan]}}
    for figures in (ended, {"generator": ended["generator"]}):
        search = tuning.Search(config(), lambda chosen, figures=figures: figures, str(tmp_path))
        trial = keras_tuner.engine.trial.Trial(tuning.space(config()), "0")
        with pytest.raises(keras_tuner.errors.FailedTrialError, match="gan phase diverged"):
            search.run_trial(trial)
