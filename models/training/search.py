"""The search space of hyperparameters, and what a choice from it changes in the settings."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np

from models.networks.report import DILATION_RATES
from models.training import loop
from models.training.adversarial.phases import GENERATOR_PHASES, PHASES
from settings.config import Config
from settings.training import PhaseSettings

_LOG = logging.getLogger(__name__)

OBJECTIVE = "val_mse"  # on pictures held out of the train split

_DILATION_RATES = [f"dilation_rate_{index}" for index in range(len(DILATION_RATES))]
_WEIGHT = "adversarial_weight"
_BOUNDS = {"adam": (1e-5, 1e-2), "muon": (1e-3, 0.1)}  # of learning rates
_ROOM = 3.0  # times that a default beyond a bound is from the bound in its place


def space(config: Config) -> keras_tuner.HyperParameters:
    """Lists what may be chosen.

    Args:
        config: Its values are the defaults, tried first.

    Returns:
        What these settings make a difference by: dilation rates of the report's five layers with
        256 filters, a learning rate for each phase that has epochs, and the adversarial weight.
    """
    found = keras_tuner.HyperParameters()
    if config.model.generator == "report":
        for name, rate in zip(_DILATION_RATES, config.model.dilation_rates, strict=True):
            found.Int(name, 1, 8, default=rate)
    for phase in PHASES:
        plan: PhaseSettings = getattr(config.training, phase)
        if plan.runs:
            low, high = _BOUNDS[plan.optimizer]
            _around(found, _rate_name(phase), plan.learning_rate, low, high)
    if config.training.gan.runs:
        _around(found, _WEIGHT, config.training.adversarial_weight or 1e-3, 1e-4, 1e-2)
    return found


def _around(
    found: keras_tuner.HyperParameters, name: str, default: float, low: float, high: float
) -> None:
    """From low to high, by orders of magnitude, or as far as leaves the default room."""
    low = low if low <= default else default / _ROOM
    high = high if default <= high else default * _ROOM
    found.Float(name, low, high, sampling="log", default=default)


def _rate_name(phase: str) -> str:
    return f"{phase}_learning_rate"


def apply(config: Config, chosen: Mapping[str, Any]) -> Config:
    """Puts a choice into the settings.

    Args:
        config: All settings.
        chosen: A value for each name of `space`.

    Returns:
        The settings, changed.
    """
    plans = config.training
    changes: dict[str, Any] = {
        phase: getattr(plans, phase).model_copy(update={"learning_rate": chosen[_rate_name(phase)]})
        for phase in PHASES
        if _rate_name(phase) in chosen
    }
    if _WEIGHT in chosen:
        changes[_WEIGHT] = chosen[_WEIGHT]
    rates = tuple(chosen[name] for name in _DILATION_RATES if name in chosen)
    model = {"dilation_rates": rates} if rates else {}
    return config.model_copy(
        update={
            "model": config.model.model_copy(update=model),
            "training": plans.model_copy(update=changes),
        }
    )


def shortened(config: Config) -> Config:
    """Cuts the phases down to what a trial can afford.

    Args:
        config: All settings.

    Returns:
        The settings, with a trial's epochs; phases the settings leave out stay out.
    """
    plans = config.training
    phases: dict[str, Any] = {}
    for phase in PHASES:
        plan = getattr(plans, phase)
        most = getattr(config.tuner, f"{phase}_epochs")
        epochs = most if plan.image_steps else min(plan.epochs, most)
        phases[phase] = plan.model_copy(update={"epochs": epochs, "image_steps": None})
    return config.model_copy(update={"training": plans.model_copy(update=phases)})


class _Oracle(keras_tuner.oracles.BayesianOptimizationOracle):
    """Tries the settings as they are first: KerasTuner would begin with a random choice."""

    def populate_space(self, trial_id):
        """Chooses what to try next."""
        if self.trials:
            return super().populate_space(trial_id)
        space = self.get_space().space
        values = {hyperparameter.name: hyperparameter.default for hyperparameter in space}
        return {"status": keras_tuner.engine.trial.TrialStatus.RUNNING, "values": values}


class Search(keras_tuner.Tuner):
    """Searches by training all phases, briefly, in every trial."""

    def __init__(
        self,
        config: Config,
        train: Callable[[Config], loop.FiguresByPhase],
        directory: str,
    ):
        """Sets up the search.

        Args:
            config: All settings; its values are the first trial.
            train: Trains with settings and returns the figures of each phase, an epoch each.
            directory: Where the trials are recorded; a search cut short goes on there.
        """
        trials = config.tuner.trials
        oracle = _Oracle(
            objective=keras_tuner.Objective(OBJECTIVE, "min"),
            max_trials=trials,
            num_initial_points=max(trials // 2, 2),  # at random; by default more than all trials
            hyperparameters=space(config),
            allow_new_entries=False,
            seed=config.training.seed + 1,  # KerasTuner takes 0 for no seed
        )
        super().__init__(
            oracle,
            lambda hyperparameters: keras.Sequential(),  # trials build their own networks
            directory=directory,
            project_name="search",
        )
        self._config = config
        self._train = train

    def run_trial(self, trial, *args, **kwargs):
        """Trains with a trial's choice.

        Args:
            trial: KerasTuner's record of it.
            *args: Not used.
            **kwargs: Not used.

        Returns:
            The lowest error on held-out pictures in the last phase that trains the generator.

        Raises:
            FailedTrialError: If the training diverged.
        """
        chosen = shortened(apply(self._config, trial.hyperparameters.values))
        figures = self._train(chosen)
        # Of the last phase that was to train a generator: if numbers went mad before its end, an
        # earlier phase's error says nothing.
        last = [phase for phase in GENERATOR_PHASES if getattr(chosen.training, phase).runs][-1]
        errors = figures.get(last, {}).get(OBJECTIVE, [])
        if not errors or not np.isfinite(errors).all():
            raise keras_tuner.errors.FailedTrialError(f"the {last} phase diverged")
        error = min(errors)
        _LOG.info("trial %s of %d: %s %.4f with %s", *self._described(trial, error))
        return {OBJECTIVE: error}

    def search_space_summary(self, extended=False):
        """Prints nothing: the docs say it."""

    def results_summary(self, num_trials=10):
        """Says what was best, in a line."""
        best = self.oracle.get_best_trials(1)[0]
        _LOG.info("best: trial %s of %d: %s %.4f with %s", *self._described(best, best.score))

    def _described(self, trial, error: float) -> tuple:
        values = {
            name: f"{value:.3g}" if isinstance(value, float) else str(value)
            for name, value in trial.hyperparameters.values.items()
        }
        chosen = ", ".join(f"{name} {value}" for name, value in values.items())
        number = int(trial.trial_id) + 1
        return number, self.oracle.max_trials, OBJECTIVE, error, chosen

    def load_model(self, trial):
        """Not to be had: a trial's networks are not kept."""
        raise NotImplementedError("a search keeps hyperparameters, not networks")
