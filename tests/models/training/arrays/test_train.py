"""From examples to arrays, three steps on JAX without TensorFlow, and back into TensorFlow."""

import functools
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from models.networks import build, interface, stochastic_unet
from models.training import warm_start, weights
from models.training.arrays import pack, packed
from models.training.checkpoints import Position
from settings.model import ModelSettings
from tests.models.conftest import fresh_process

SMALL = (4, 8, 8, 8, 8), (1, 1, 1, 1)
STEPS = 3


def small() -> functools.partial:
    """The network of the recipe, but for its widths: JAX compiles the real one for minutes."""
    return functools.partial(stochastic_unet.build_stochastic_unet, *SMALL)


@pytest.fixture(scope="module")
def arrays(sample_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arrays")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stochastic_unet, "build_stochastic_unet", small())
        patch.setattr(pack, "_PIECE", 5)
        patch.setattr(pack, "_MASKS", 16)
        result = CliRunner().invoke(
            pack.main,
            [str(sample_examples.parent), str(folder), "--set", "model.start=null"],
            catch_exceptions=False,
        )
    assert result.exit_code == 0, result.output
    return folder


def test_the_arrays_hold_every_photograph_and_masks_of_the_table(arrays: Path) -> None:
    pieces = [np.load(path) for path in sorted(arrays.glob("photographs-*.npy"))]
    assert [len(piece) for piece in pieces][:-1] == [5] * (len(pieces) - 1)
    assert pieces[0].dtype == np.uint8
    assert pieces[0].shape[1:] == (128, 128, 3)
    masks = np.unpackbits(np.load(arrays / packed.MASKS), axis=-1)
    assert masks.shape == (16, 128, 128)
    assert all(0 < mask.mean() < 1 for mask in masks)


def test_batches_are_of_the_photographs_and_resume_where_they_were_cut(arrays: Path) -> None:
    feed = packed.ArrayFeed(arrays, batch_size=4, seed=3)
    whole = list(feed.batches(2, Position("gan", 0, 0), epochs=2))
    assert len(whole) == 2 * feed.steps
    rest = list(feed.batches(2, Position("gan", 1, 1), epochs=2))
    for (ours, target), (theirs, expected) in zip(rest, whole[feed.steps + 1 :], strict=True):
        np.testing.assert_array_equal(target, expected)
        np.testing.assert_array_equal(ours["mask"], theirs["mask"])
    pictures = np.concatenate([np.load(path) for path in sorted(arrays.glob("photographs-*.npy"))])
    known = {picture.tobytes() for each in (pictures, pictures[:, :, ::-1]) for picture in each}
    for given, target in whole:
        assert {np.rint(each * 255).astype(np.uint8).tobytes() for each in target} <= known
        hidden = given["mask"][..., 0] == 1
        assert (given["masked"][hidden] == 0).all()
        np.testing.assert_array_equal(given["masked"][~hidden], target[~hidden])


def test_too_few_photographs_are_told(arrays: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not fill a batch"):
        packed.ArrayFeed(arrays, batch_size=10_000, seed=0)
    with pytest.raises(ValueError, match="no photographs"):
        packed.ArrayFeed(tmp_path, batch_size=1, seed=0)


def test_three_steps_on_jax_without_tensorflow_start_a_training_under_it(
    arrays: Path, tmp_path: Path
) -> None:
    output = tmp_path / "weights"
    given = [str(arrays), "--state", str(tmp_path / "state"), "--output", str(output)]
    given += ["--set", f"training.gan.image_steps={2 * STEPS}", "--set", "training.batch_size=2"]
    code = f"""
sys.modules["tensorflow"] = None  # an import of it is an error
import functools, keras
from models.networks import stochastic_unet
stochastic_unet.build_stochastic_unet = functools.partial(
    stochastic_unet.build_stochastic_unet, *{SMALL!r}
)
from models.training.arrays import packed, train
feed = packed.ArrayFeed
class Short(feed):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.steps = {STEPS}
packed.ArrayFeed = Short
assert keras.backend.backend() == "jax"
train.main({given!r})
"""
    done = fresh_process(code, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
    assert f"step {STEPS}/{STEPS}" in done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stochastic_unet, "build_stochastic_unet", small())
        settings = ModelSettings(generator="stochastic_unet", discriminator="projected")
        before, after = (build.build_networks(settings, seed=9) for _ in range(2))
    weights.load_generator(before.generator, str(arrays / packed.START))
    weights.load_judge(before.discriminator, str(arrays / packed.START))
    warm_start.load_weights(after.generator, str(output))
    assert weights.load_judge(after.discriminator, str(output))
    for old, new in zip(before.generator.weights, after.generator.weights, strict=True):
        mean = any(old is weight for weight in interface.mean_of(before.generator).weights)
        assert np.array_equal(old, new) == mean, old.path
    pairs = zip(before.discriminator.heads.weights, after.discriminator.heads.weights, strict=True)
    assert any(not np.array_equal(old, new) for old, new in pairs)
