"""The picture grid and what lands in TensorBoard's logs."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from models.training.checkpoints import Position, Span
from models.training.watch import tensorboard


def test_grid_has_a_row_a_picture_and_a_column_a_batch() -> None:
    columns = np.random.default_rng(0).random((3, 2, 4, 5, 3), np.float32)
    grid = tensorboard.picture_grid(*columns)
    assert grid.shape == (2 * 4, 3 * 5, 3)
    for x, column in enumerate(columns):
        for y, picture in enumerate(column):
            cell = grid[y * 4 : (y + 1) * 4, x * 5 : (x + 1) * 5]
            np.testing.assert_array_equal(cell, picture)


def test_callback_draws_input_result_and_truth_every_epoch(
    tiny_networks, batch, tmp_path: Path
) -> None:
    generator = tiny_networks().generator
    x, truth = batch
    masked = x["masked"][:2]
    mask = x["mask"][0].numpy()
    callback = tensorboard.PictureGrid(str(tmp_path), generator, truth[:2], mask)
    callback.on_epoch_end(0)
    generator.set_weights([weight * 2 for weight in generator.get_weights()])
    callback.on_epoch_end(1)
    logs = EventAccumulator(str(tmp_path), {"tensors": 0}).Reload()
    events = logs.Tensors("input, result, truth")
    assert [event.step for event in events] == [0, 1]
    grids = [tf.io.decode_png(e.tensor_proto.string_val[2]).numpy() for e in events]
    for grid in grids:
        assert grid.shape == (2 * 128, 3 * 128, 3)
        for column, pictures in ((0, masked), (2, truth[:2])):
            cell = grid[128:, column * 128 : (column + 1) * 128]
            np.testing.assert_allclose(cell / 255, pictures[1], atol=1.01 / 255)
    result = generator.predict_on_batch(masked)[1]
    np.testing.assert_allclose(grids[1][128:, 128:256] / 255, result, atol=1.01 / 255)
    # The generator as it stands at the end of each epoch.
    assert np.abs(grids[0][:, 128:256].astype(int) - grids[1][:, 128:256]).max() > 2


def test_each_batch_has_its_own_error_and_an_epoch_their_mean(
    tiny_networks, compiled, batches: tf.data.Dataset, tmp_path: Path
) -> None:
    model = compiled(tiny_networks(), phase="generator", learning_rate=0.0)
    span = Span("generator", 1, 2, Position("generator", 0, 0))
    callback = tensorboard.TensorBoard(str(tmp_path), span)
    figures = model.fit(batches, epochs=1, callbacks=[callback], shuffle=False, verbose=0).history
    logs = EventAccumulator(str(tmp_path / "train"), {"tensors": 0}).Reload()
    protos = [event.tensor_proto for event in logs.Tensors("batch_mse")]
    written = [tensor_util.make_ndarray(proto).item() for proto in protos]
    assert len(written) == 2
    assert abs(written[0] - written[1]) > 1e-4
    np.testing.assert_allclose(np.mean(written), figures["mse"][0], rtol=1e-5)


def test_batches_between_those_that_it_hears_of_are_written_too(
    tiny_networks, compiled, batches: tf.data.Dataset, tmp_path: Path
) -> None:
    model = compiled(tiny_networks(), phase="generator", learning_rate=0.0)
    errors = {}
    for name, skipped in (("each", ()), ("last", (0, 1, 2))):

        class Deaf(tensorboard.TensorBoard):
            def on_train_batch_end(self, batch, logs=None, skipped=skipped):
                if batch not in skipped:
                    super().on_train_batch_end(batch, logs)

        span = Span("generator", 1, 4, Position("generator", 0, 0))
        callback = Deaf(str(tmp_path / name), span)
        model.fit(
            batches.repeat(2),
            steps_per_epoch=4,
            epochs=1,
            callbacks=[callback],
            shuffle=False,
            verbose=0,
        )
        logs = EventAccumulator(str(tmp_path / name / "train"), {"tensors": 0}).Reload()
        errors[name] = {
            event.step: tensor_util.make_ndarray(event.tensor_proto).item()
            for event in logs.Tensors("batch_mse")
        }
    assert list(errors["each"]) == [1, 2, 3, 4]
    assert errors["last"] == pytest.approx(errors["each"], rel=1e-5)
