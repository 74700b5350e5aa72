"""The three phases of training: which network learns in each, and from what.

Pure Keras 3, for any backend.
"""

from collections.abc import Iterator
from typing import Literal

from keras import ops

from models import features
from models.training.adversarial import losses
from models.training.adversarial.gan import GAN, Term

Phase = Literal["generator", "discriminator", "gan"]

_OF_GENERATOR = ("mse", "saturated", "variety")
_OF_DISCRIMINATOR = ("discriminator_loss", "real_accuracy", "generated_accuracy")


class GeneratorPhase(GAN):
    """The generator alone learns, on pixels."""

    discriminator_learns = False
    tracked = _OF_GENERATOR

    def terms(self, x, y, y_pred, training):
        """Measures the generator."""
        yield from _generator_terms(self, x, y, y_pred)


class DiscriminatorPhase(GAN):
    """The discriminator alone learns, against the generator as it is."""

    generator_learns = False
    tracked = _OF_DISCRIMINATOR

    def terms(self, x, y, y_pred, training):
        """Measures the discriminator."""
        yield from _discriminator_terms(self, x, y, y_pred, training)


class GANPhase(GAN):
    """Both learn in the same step, each through the other held still."""

    tracked = (*_OF_GENERATOR, "adversarial_loss", *_OF_DISCRIMINATOR)

    def terms(self, x, y, y_pred, training):
        """Measures both, and how far the generator is from being taken for real."""
        yield from _generator_terms(self, x, y, y_pred)
        judged = self.judge_held_still(y_pred, x[features.MASK], y)
        adversarial = self.adversarial.generator(judged)
        yield Term("adversarial_loss", adversarial, self.adversarial_weight)
        yield from _discriminator_terms(self, x, y, y_pred, training)


# In the order in which they are trained.
PHASES: dict[Phase, type[GAN]] = {
    "generator": GeneratorPhase,
    "discriminator": DiscriminatorPhase,
    "gan": GANPhase,
}

GENERATOR_PHASES = tuple(name for name, phase in PHASES.items() if phase.generator_learns)


def _generator_terms(gan: GAN, x, y, y_pred) -> Iterator[Term]:
    yield Term("mse", losses.pixel_loss(y, y_pred, x[features.MASK], gan.region), 1.0)
    yield Term("saturated", saturated(y_pred))
    yield Term("variety", variety(y_pred, y))


def _discriminator_terms(gan: GAN, x, y, y_pred, training: bool) -> Iterator[Term]:
    masks = x[features.MASK]
    real = gan.judge(y, masks, y, training)
    generated = gan.judge(ops.stop_gradient(y_pred), masks, y, training)
    yield Term("discriminator_loss", gan.adversarial.discriminator(real, generated), 1.0)
    yield Term("real_accuracy", ops.mean(ops.cast(real > 0.0, "float32")))
    yield Term("generated_accuracy", ops.mean(ops.cast(generated < 0.0, "float32")))


def saturated(pictures):
    """Measures how much of some pictures lies at the ends of the range.

    Args:
        pictures: float32, of any shape, in 0-1.

    Returns:
        A float32 scalar in 0-1: the share of values within half a level of 255 of 0 or 1.
    """
    end = 0.5 / 255
    at_end = ops.logical_or(pictures < end, pictures > 1 - end)
    return ops.mean(ops.cast(at_end, "float32"))


def variety(generated, targets):
    """Measures how unlike each other the generated pictures of a batch are.

    Args:
        generated: float32 [batch, height, width, channels] in 0-1.
        targets: The photographs, of the same shape.

    Returns:
        A float32 scalar: their standard deviation over the batch, as a share of the
        photographs'; 1 for a batch of one.
    """
    tiny = 1e-6
    spread = [ops.mean(ops.std(batch, axis=0)) + tiny for batch in (generated, targets)]
    return spread[0] / spread[1]
