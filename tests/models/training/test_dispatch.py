"""Who hears of batches, and when."""

import keras
import numpy as np
import pytest

from models.training import dispatch
from models.training.adversarial.gan import Figure


class Heard(keras.callbacks.Callback):
    """Notes the batches that end, by epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[int]] = []

    def on_epoch_begin(self, epoch, logs=None) -> None:
        self.batches.append([])

    def on_train_batch_end(self, batch, logs=None) -> None:
        assert np.isfinite(logs["loss"])
        self.batches[-1].append(batch)


def heard(steps: int) -> list[list[int]]:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    listener = Heard()
    callbacks = dispatch.PacedCallbacks([listener], model, epochs=2, steps=steps)
    x = np.ones((steps, 1), np.float32)
    model.fit(x, x, batch_size=1, epochs=2, callbacks=callbacks, verbose=0)
    return listener.batches


def test_short_steps_are_told_a_figures_worth_at_a_time_and_at_the_end_of_each_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "_SECONDS", 1e6)
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: 0.0)
    kept = Figure.KEPT
    assert heard(kept + 5) == [[kept - 1, kept + 4]] * 2


def test_long_steps_are_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_SECONDS", 0.0)
    assert heard(3) == [[0, 1, 2]] * 2


def test_a_figure_keeps_what_the_last_batches_had() -> None:
    figure = Figure("mse")
    for value in range(100):
        figure.update_state(np.float32(value), 2)
    np.testing.assert_array_equal(figure.latest(3), [97, 98, 99])
    np.testing.assert_array_equal(figure.latest(Figure.KEPT), np.arange(36, 100))
    assert float(figure.result()) == pytest.approx(49.5)
