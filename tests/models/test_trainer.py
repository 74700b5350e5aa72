"""The Trainer's user function, as TFX calls it, with the real networks and a step a phase."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tfx.components.trainer.fn_args_utils import FnArgs

from models import features, trainer
from models.images import tfrecords
from settings.config import Config
from settings.data import MaskSettings
from settings.training import PhaseSettings, TrainingSettings

BORDER = MaskSettings(left=32, right=32, top=32, bottom=32)


@pytest.fixture
def eagerly() -> Iterator[None]:
    """Spares the graphs of three real training steps, which take a minute to build."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def few_examples(sample_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two: one batch."""
    file = tmp_path_factory.mktemp("few_examples") / "data_tfrecord-00000-of-00001"
    with tf.io.TFRecordWriter(str(file)) as writer:
        for record in tf.data.TFRecordDataset(str(sample_examples)).take(2):
            writer.write(record.numpy())
    return file


@pytest.mark.parametrize("in_job", [False, True])
@pytest.mark.usefixtures("eagerly")
# tf.data goes on with graphs of its own, and says so.
@pytest.mark.filterwarnings("ignore:Even though the .*run_functions_eagerly:UserWarning")
def test_run_fn_trains_and_writes_a_model_that_can_be_loaded(
    few_examples: Path,
    sample_examples: Path,
    transform_graph: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_job: bool,
) -> None:
    run = tmp_path / "run"
    if in_job:  # of Vertex AI with a TensorBoard
        run /= "logs"
        monkeypatch.setenv("AIP_TENSORBOARD_LOG_DIR", str(run))
    phase = PhaseSettings(epochs=1)
    plan = TrainingSettings(
        batch_size=2, generator=phase, discriminator=phase, gan=phase, grid_images=1
    )
    config = Config(mask=BORDER, training=plan)
    fn_args = FnArgs(
        train_files=[str(few_examples.parent / "*")],
        eval_files=[str(sample_examples)],
        transform_graph_path=transform_graph,
        serving_model_dir=str(tmp_path / "model" / "Format-Serving"),
        model_run_dir=str(tmp_path / "run"),
        # As the pipeline hands it over: the settings that concern training.
        custom_config={
            features.CONFIG_KEY: config.model_dump_json(include={"mask", "model", "training"}),
            features.CODE_KEY: "1",
            features.WORK_KEY: str(tmp_path / "work"),
        },
    )
    trainer.run_fn(fn_args)

    for name in ("generator", "discriminator", "gan"):
        logs = EventAccumulator(str(run / name / "train")).Reload()
        assert {"epoch_loss", "batch_loss"} <= set(logs.Tags()["tensors"])
    grids = EventAccumulator(str(run / "gan")).Reload()
    assert grids.Tags()["tensors"] == ["input, result, truth"]

    written = {file.parent for file in tmp_path.glob("run/**/events.*")}
    assert written == {file.parent for file in run.glob("**/events.*")}  # nowhere twice

    model = tf.saved_model.load(fn_args.serving_model_dir)
    transform = tfrecords.load_transform(transform_graph)
    picture = tfrecords.pictures([str(sample_examples)], transform, 1)
    mask = np.zeros((1, 128, 128, 1), np.float32)
    mask[:, 40:, 60:90] = 1
    outpainted = model.signatures["outpaint"](canvases=picture, masks=tf.constant(mask))
    outpainted = outpainted["outpainted"].numpy()
    assert outpainted.shape == (1, 128, 128, 3)
    assert np.all(np.isfinite(outpainted))
    assert 0 <= outpainted.min() < outpainted.max() <= 1
    known = mask[..., 0] == 0
    np.testing.assert_array_equal(outpainted[known], picture.numpy()[known])


def key(examples: Path, transform_graph: Path, **changes: str) -> str:
    custom = {features.CONFIG_KEY: "{}", features.CODE_KEY: "1", **changes}
    return trainer._key(
        FnArgs(
            train_files=[f"{examples}/*"],
            eval_files=[f"{examples}/*"],
            transform_graph_path=str(transform_graph),
            custom_config=custom,
        )
    )


def test_a_training_is_known_again_by_content_wherever_it_lies(
    few_examples: Path, sample_examples: Path, transform_graph: str, tmp_path: Path
) -> None:
    """On Kubeflow, each run has folders of its own."""
    graph = Path(transform_graph)
    first = key(few_examples.parent, graph)
    shutil.copytree(few_examples.parent, tmp_path / "examples")
    shutil.copytree(graph, tmp_path / "graph")
    assert key(tmp_path / "examples", tmp_path / "graph") == first
    assert key(tmp_path / "examples", graph, **{features.CODE_KEY: "2"}) != first
    assert key(tmp_path / "examples", graph, **{features.CONFIG_KEY: "{ }"}) != first
    assert key(sample_examples.parent, graph) != first


def test_a_training_on_one_other_picture_of_the_same_size_is_another(
    few_examples: Path, transform_graph: str, tmp_path: Path
) -> None:
    first, *others = tf.data.TFRecordDataset(str(few_examples)).as_numpy_iterator()
    keys = set()
    for level in (b"x", b"y"):
        middle = len(first) // 2  # within a JPEG
        with tf.io.TFRecordWriter(str(tmp_path / few_examples.name)) as writer:
            for record in (first[:middle] + level + first[middle + 1 :], *others):
                writer.write(record)
        keys.add(key(tmp_path, Path(transform_graph)))
    assert len(keys) == 2
