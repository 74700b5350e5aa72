"""Generator and discriminator as one Keras model, trained with plain `fit`.

Only `compute_loss` is overridden, so that the same class trains under every Keras backend. What
is made small differs by phase: see `phases`.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from models import features
from models.networks import interface
from models.training.adversarial import losses


class Term(NamedTuple):
    """A figure of a step, tracked by name."""

    name: str
    value: Any  # a scalar
    weight: float | None = None  # in the loss; None if it is only watched


class Figure(keras.metrics.Mean):
    """A mean over the pictures of an epoch so far, and beside it the last batches' own."""

    KEPT = 64  # batches

    def __init__(self, name: str):
        """Names the figure."""
        super().__init__(name=name)
        self._recent = self.add_variable((self.KEPT,), "zeros", aggregation="mean", name="recent")

    def update_state(self, values, sample_weight=None):
        """Takes in a batch's figure, and how many pictures it is of."""
        super().update_state(values, sample_weight)
        value = ops.cast(ops.reshape(values, (1,)), self._recent.dtype)
        self._recent.assign(ops.concatenate([self._recent[1:], value]))

    def latest(self, batches: int = 1) -> np.ndarray:
        """Tells what the last batches had.

        Args:
            batches: How many, at most `KEPT`.

        Returns:
            float32 [batches], in their order.
        """
        return ops.convert_to_numpy(self._recent)[self.KEPT - batches :]


class GAN(keras.Model):
    """Both networks in a phase of training, which its subclasses define.

    `fit` takes x = {"masked", "mask"} and y = whole pictures.
    """

    generator_learns = True
    discriminator_learns = True
    tracked: tuple[str, ...] = ()  # the names of the phase's terms

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        region: losses.Region = "all",
        adversarial_weight: float = 0.001,
        batch_statistics: bool = True,
        replicas: int = 1,
        seed: int = 0,
    ):
        """Combines two networks.

        Args:
            generator: From masked pictures to whole ones.
            discriminator: From pictures to the logit of their being real; or from
                {"picture", "mask"} to logits, which is then trained by hinge loss and sees
                imagined pictures with their known pixels pasted in.
            region: Which pixels the generator's pixel loss counts.
            adversarial_weight: What the adversarial loss counts beside the pixel loss.
            batch_statistics: Whether the generator normalises by the statistics of each batch
                while it learns. If not, by its moving averages, as at use: a short run ends
                better so, for what it learns then holds at use.
            replicas: Devices that share each batch. Their gradients are added up, so each
                counts its loss by as much less.
            seed: For the noise of a generator that draws.
        """
        super().__init__(name="gan")
        self.generator = generator
        self.discriminator = discriminator
        self.region = region
        self.adversarial_weight = adversarial_weight
        self.batch_statistics = batch_statistics
        self.replicas = replicas
        self._judges_masks = interface.takes_masks(discriminator)
        self._noise = keras.random.SeedGenerator(seed)
        self.adversarial = losses.HINGE if self._judges_masks else losses.CROSS_ENTROPY
        generator.trainable = self.generator_learns
        if interface.takes_noise(generator):
            interface.mean_of(generator).trainable = False
        discriminator.trainable = self.discriminator_learns
        self.figures = {name: Figure(name) for name in self.tracked}
        self.built = True  # both networks are; lets weights be loaded before the first step

    def terms(self, x, y, y_pred, training: bool) -> Iterator[Term]:
        """Measures a batch: what the phase makes small, and what is watched beside it.

        Args:
            x: {"masked", "mask"}.
            y: float32 [batch, 128, 128, 3] in 0-1, whole pictures.
            y_pred: float32 of the same shape, as imagined.
            training: Whether layers behave as in training.

        Yields:
            A term for each name of `tracked`.
        """
        raise NotImplementedError("a phase says")

    def call(self, inputs, training=None):
        """Imagines whole pictures from masked ones."""
        learning = bool(training) and self.generator_learns
        masks = inputs[features.MASK]
        noise = interface.noise_for(self.generator, masks, self._noise)
        return interface.imagine(
            self.generator,
            inputs[features.MASKED],
            masks,
            noise,
            training=learning and self.batch_statistics,
            clip=not learning,
            keep_grey=not training,
        )

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        """Adds up the terms of the phase and tracks each by name."""
        total = 0.0
        for term in self.terms(x, y, y_pred, training):
            self.figures[term.name].update_state(term.value, ops.shape(y)[0])
            if term.weight is not None:
                total += term.weight * term.value
        return total / self.replicas

    def groups(self) -> dict[str, list]:
        """Names the variables that learn in this phase, by network."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        return {
            name: network.trainable_variables
            for name, network in networks.items()
            if network.trainable
        }

    def judge(self, pictures, masks, targets, training: bool):
        """Judges pictures; with their known pixels pasted in, if the discriminator takes masks.

        Args:
            pictures: float32 [batch, 128, 128, 3] in 0-1, photographs or imagined ones.
            masks: float32 [batch, 128, 128, 1], 1 where hidden.
            targets: Photographs of the pictures' shape, for the known pixels.
            training: Whether layers behave as in training.

        Returns:
            The discriminator's logits, float32 [batch, verdicts].
        """
        if not self._judges_masks:
            return self.discriminator(pictures, training=training)
        pasted = ops.where(masks > 0.5, pictures, targets)
        inputs = {features.PICTURE: pasted, features.MASK: masks}
        return self.discriminator(inputs, training=training)

    def judge_held_still(self, pictures, masks, targets):
        """Judges pictures so that gradients reach them and not the discriminator.

        Arguments and result as for `judge`.
        """
        with held_still(self.discriminator):
            return self.judge(pictures, masks, targets, training=True)


def held_still(network: keras.Model) -> keras.StatelessScope:
    """Lets gradients pass through a network and not to it; nor do its batch statistics move.

    All its variables are mapped, not only the trainable ones, or JAX fails in BatchNormalization.
    """
    frozen = [(v, ops.stop_gradient(ops.convert_to_tensor(v))) for v in network.variables]
    return keras.StatelessScope(state_mapping=frozen)
