"""Real photographs, examples and a transform graph, shared by the tests that need them."""

import os

# As every entry point sets them, and before anything imports TensorFlow.
os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
# With more threads than one, sums may be added up in another order on a loaded machine, and what
# must come to the same differs in the last digit. The two workers of `make test` fill the cores.
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import fcntl
import functools
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from PIL import Image

from models import features
from tests import image

# TensorFlow and Beam are imported where they are used: tests that need neither start at once.

# TensorFlow's first call of an operation may take seconds.
slow = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("slow", slow)
hypothesis.settings.load_profile("slow")

# A job in a shell's background ignores Ctrl-C, and so would all the processes that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
# Files that run the whole pipeline begin: the workers of `make test` then end together.
LONGEST = ("test_end_to_end.py", "test_compiled_spec.py", "test_outpainting_pipeline.py")
SAMPLE = ROOT / "data" / "sample"
BORDER = (32, 32, 32, 32)  # of the transform graph
EXAMPLES = "data_tfrecord-00000-of-00001"
Once = Callable[[str, Callable[[Path], object]], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Has a folder filled once, by whichever of the run's workers comes first."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def fill(name: str, make: Callable[[Path], object]) -> Path:
        folder, filled = root / name, root / f"{name} is filled"
        with open(root / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                filled.touch()
        return folder

    return fill


@pytest.fixture(scope="session")
def installed(once: Once) -> Path:
    """An environment with the project's wheel, in the place of the image."""
    image.needs_another_user()  # whose environment it is
    return once("image", image.install) / "environment"


@pytest.fixture(scope="session")
def photographs() -> np.ndarray:
    """Nine photographs: float32 [9, 128, 128, 3] in 0-1. Read-only, as all tests share them."""
    size = (features.IMAGE_SIZE, features.IMAGE_SIZE)
    pictures = []
    for path in sorted((SAMPLE / "val").glob("*/*.jpg"))[::3]:
        with Image.open(path) as image:
            pictures.append(np.asarray(image.convert("RGB").resize(size), np.float32) / 255)
    stacked = np.stack(pictures)
    stacked.flags.writeable = False
    return stacked


@pytest.fixture(scope="session")
def sample_examples(once: Once) -> Path:
    """Ten sample photographs as ImageExampleGen writes them: a TFRecord."""
    import tensorflow as tf

    def feature(value: bytes | int) -> tf.train.Feature:
        if isinstance(value, bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    def write(folder: Path) -> None:
        with tf.io.TFRecordWriter(str(folder / EXAMPLES)) as writer:
            for path in sorted((SAMPLE / "train").glob("*/*.jpg"))[:80:8]:
                with Image.open(path) as image:
                    width, height = image.size
                values = {
                    features.IMAGE: path.read_bytes(),
                    features.WIDTH: width,
                    features.HEIGHT: height,
                    features.PATH: str(path.relative_to(SAMPLE)).encode(),
                    features.CATEGORY: path.parent.name.encode(),
                }
                by_name = {key: feature(value) for key, value in values.items()}
                example = tf.train.Example(features=tf.train.Features(feature=by_name))
                writer.write(example.SerializeToString(deterministic=True))

    return once("examples", write) / EXAMPLES


@pytest.fixture(scope="session")
def transform_graph(
    sample_examples: Path, once: Once, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """What the Transform component writes: the preprocessing as a graph, a border of 32 hidden."""
    import apache_beam as beam
    import tensorflow_transform.beam as tft_beam
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2
    from tfx_bsl.public import tfxio

    from models.images import preprocessing
    from pipeline.beam import WITHIN_PROCESS

    schema_file = ROOT / "pipeline" / "schema" / "schema.pbtxt"
    schema = text_format.Parse(schema_file.read_text(), schema_pb2.Schema())
    preprocessing_fn = functools.partial(
        preprocessing.preprocessing_fn, custom_config={"border": list(BORDER), "crop": True}
    )
    source = tfxio.TFExampleRecord(str(sample_examples), schema=schema)

    def write(folder: Path) -> None:
        with (
            beam.Pipeline(argv=[*WITHIN_PROCESS]) as pipeline,
            tft_beam.Context(temp_dir=str(tmp_path_factory.mktemp("transform_temp"))),
        ):
            examples = pipeline | source.BeamSource()
            transform_fn = (examples, source.TensorAdapterConfig()) | tft_beam.AnalyzeDataset(
                preprocessing_fn
            )
            _ = transform_fn | tft_beam.WriteTransformFn(str(folder))

    return str(once("transform_graph", write))


@pytest.fixture(scope="session")
def small_generator():
    """A network with a norm, and with weights unlike those it was built with."""
    import keras

    keras.utils.set_random_seed(2)
    inputs = keras.Input((128, 128, 3))
    x = keras.layers.Conv2D(4, 5, padding="same", activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    outputs = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
    network = keras.Model(inputs, outputs)
    network.set_weights([weight + 0.1 for weight in network.get_weights()])
    return network


@pytest.fixture(scope="session")
def saved_model(request: pytest.FixtureRequest, once: Once) -> Path:
    """What the Trainer writes, of the small generator."""
    return once("saved_model", functools.partial(_export, request, "small_generator"))


@pytest.fixture(scope="session")
def drawing_generator():
    """A small network that draws, for canvases of any size; chance weighs more than at first."""
    import keras

    from models.networks import stochastic_unet

    keras.utils.set_random_seed(3)
    network = stochastic_unet.build_stochastic_unet((4, 8, 8, 8, 8), (1, 1, 1, 1))
    for weight in network.weights:
        if "noise" in weight.path or "texture_out" in weight.path:
            weight.assign(8 * weight)
    return network


@pytest.fixture(scope="session")
def drawing_model(request: pytest.FixtureRequest, once: Once) -> Path:
    """What the Trainer writes, of the small network that draws."""
    return once("drawing_model", functools.partial(_export, request, "drawing_generator"))


def _export(request: pytest.FixtureRequest, generator: str, folder: Path) -> None:
    from models.export import saved_model as export
    from models.images import masking, tfrecords

    transform = tfrecords.load_transform(request.getfixturevalue("transform_graph"))
    network = request.getfixturevalue(generator)
    export.save(network, transform, masking.Border(*BORDER), str(folder))
