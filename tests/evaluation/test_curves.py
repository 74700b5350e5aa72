from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from evaluation import curves


def write(folder: Path, tag: str, values: dict[int, float]) -> None:
    with tf.summary.create_file_writer(str(folder)).as_default():
        for step, value in values.items():
            tf.summary.scalar(tag, value, step=step)


def test_where_a_training_was_resumed_the_later_figure_counts(tmp_path: Path) -> None:
    write(tmp_path, "batch_mse", {1: 0.5, 2: 0.4, 3: 0.9})
    write(tmp_path, "batch_mse", {3: 0.3, 4: 0.2})
    steps, values = curves.read(tmp_path, "batch_mse")
    assert steps.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(values, [0.5, 0.4, 0.3, 0.2], rtol=1e-6)


def test_phases_follow_each_other_and_held_out_pictures_are_dots(tmp_path: Path) -> None:
    for phase, values in (("generator", {1: 0.5, 2: 0.4}), ("gan", {1: 0.3, 2: 0.2, 3: 0.1})):
        write(tmp_path / phase / "train", "batch_mse", values)
    write(tmp_path / "gan" / "validation", "evaluation_mse_vs_iterations", {2: 0.25})
    (axes,) = curves.draw(tmp_path).axes
    generator, gan, held_out = axes.lines
    assert generator.get_xdata().tolist() == [1, 2]
    assert gan.get_xdata().tolist() == [3, 4, 5]
    assert (held_out.get_xdata().tolist(), held_out.get_marker()) == ([4], "o")
    np.testing.assert_allclose(held_out.get_ydata(), [0.25])


def test_a_folder_without_logs_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no logs of the phases generator, gan"):
        curves.draw(tmp_path)
