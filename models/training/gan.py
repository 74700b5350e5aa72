"""The combined model: generator and discriminator, trained by phase with plain `fit`.

Only `compute_loss` is overridden, so that the same class trains under every Keras backend.
"""

from typing import Literal

import keras
from keras import ops

from models import features
from models.networks import report
from models.training import losses
from models.training.watch import health

Phase = Literal["generator", "discriminator", "gan"]


class GAN(keras.Model):
    """Both networks and the loss of one training phase.

    `fit` takes x = {"masked", "mask"} and y = whole pictures. In phase `generator` the generator
    alone learns, on pixels; in `discriminator` the discriminator alone, against the generator as
    it is; in `gan` both, in the same step, each through the other held still.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        phase: Phase = "gan",
        region: losses.Region = "all",
        adversarial_weight: float = 0.001,
        batch_statistics: bool = True,
        replicas: int = 1,
    ):
        """Combines two networks.

        Args:
            generator: From masked pictures to whole ones.
            discriminator: From pictures to the probability that they are real; or from
                {"picture", "mask"} to logits, which is then trained by hinge loss and sees
                imagined pictures with their known pixels pasted in.
            phase: Which of the networks learn.
            region: Which pixels the generator's pixel loss counts.
            adversarial_weight: What the adversarial loss counts beside the pixel loss.
            batch_statistics: Whether the generator normalises by the statistics of each batch
                while it learns. If not, by its moving averages, as at use: a short run ends
                better so, for what it learns then holds at use.
            replicas: Devices that share each batch. Their gradients are added up, so each
                counts its loss by as much less.
        """
        super().__init__(name="gan")
        self.generator = generator
        self.discriminator = discriminator
        self.phase = phase
        self.region = region
        self.adversarial_weight = adversarial_weight
        self.batch_statistics = batch_statistics
        self.replicas = replicas
        self._judges_masks = report.takes_masks(discriminator)
        self._adversarial = losses.HINGE if self._judges_masks else losses.CROSS_ENTROPY
        generator.trainable = phase != "discriminator"
        discriminator.trainable = phase != "generator"
        names: dict[str, tuple[str, ...]] = {
            "generator": ("mse", "saturated", "variety"),
            "discriminator": ("discriminator_loss", "real_accuracy", "generated_accuracy"),
        }
        names["gan"] = (*names["generator"], "adversarial_loss", *names["discriminator"])
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names[phase]}
        self.built = True  # both networks are; lets weights be loaded before the first step

    def call(self, inputs, training=None):
        """Imagines whole pictures from masked ones."""
        learning = bool(training) and self.phase != "discriminator"
        return report.imagine(
            self.generator,
            inputs[features.MASKED],
            inputs[features.MASK],
            training=learning and self.batch_statistics,
        )

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        """Adds up the losses of the phase and tracks each by name."""
        terms = {}
        total = 0.0
        if self.phase != "discriminator":
            terms["mse"] = losses.pixel_loss(y, y_pred, x[features.MASK], self.region)
            total += terms["mse"]
            terms["saturated"] = health.saturated(y_pred)
            terms["variety"] = health.variety(y_pred, y)
        if self.phase == "gan":
            judged = self._judge_held_still(y_pred, x[features.MASK], y)
            terms["adversarial_loss"] = self._adversarial.generator(judged)
            total += self.adversarial_weight * terms["adversarial_loss"]
        if self.phase != "generator":
            masks, bar = x[features.MASK], self._adversarial.threshold
            real = self._judge(y, masks, y, training)
            generated = self._judge(ops.stop_gradient(y_pred), masks, y, training)
            terms["discriminator_loss"] = self._adversarial.discriminator(real, generated)
            terms["real_accuracy"] = ops.mean(ops.cast(real > bar, "float32"))
            terms["generated_accuracy"] = ops.mean(ops.cast(generated < bar, "float32"))
            total += terms["discriminator_loss"]
        for name, value in terms.items():
            self._trackers[name].update_state(value)
        return total / self.replicas

    def groups(self) -> dict[str, list]:
        """Names the variables that learn in this phase, by network."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        return {
            name: network.trainable_variables
            for name, network in networks.items()
            if network.trainable
        }

    def _judge(self, pictures, masks, targets, training):
        """Judges pictures; with their known pixels pasted in, if the discriminator takes masks."""
        if not self._judges_masks:
            return self.discriminator(pictures, training=training)
        pasted = ops.where(masks > 0.5, pictures, targets)
        inputs = {features.PICTURE: pasted, features.MASK: masks}
        return self.discriminator(inputs, training=training)

    def _judge_held_still(self, pictures, masks, targets):
        """Judges pictures so that gradients reach them and not the discriminator.

        All its variables are mapped, not only the trainable ones, so that its batch
        statistics do not move either.
        """
        frozen = [
            (v, ops.stop_gradient(ops.convert_to_tensor(v))) for v in self.discriminator.variables
        ]
        with keras.StatelessScope(state_mapping=frozen):
            return self._judge(pictures, masks, targets, training=True)
