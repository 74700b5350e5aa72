"""The game of a generator that draws, against a projected discriminator.

Pure Keras 3, for any backend. Each photograph is imagined twice, from two noises. How good a layout
is, is said by a proper score of the pair at an eighth of the size (Gneiting & Raftery, "Strictly
Proper Scoring Rules", 2007): it asks for results as far apart as the truth is uncertain, where
squared error asks for their mean. That mean is known, for a network within gives it: draws are
held to it on the average, which costs them no variety. What a picture looks like is the
discriminator's alone.
"""

from collections.abc import Sequence

import keras
from keras import ops

from models import features
from models.networks import interface
from models.training.adversarial import losses
from models.training.adversarial.augmentation import augment
from models.training.adversarial.gan import GAN, Term, held_still
from models.training.adversarial.phases import saturated, variety

_LAYOUT_WEIGHT = 45.0
_SPREAD = 0.6  # of the truth's uncertainty that results are to show; less costs less error
_LAYOUT_BIAS_WEIGHT, _BIAS_WEIGHT = 200.0, 50.0  # of the draws' average, off the mean


class ProjectedGANPhase(GAN):
    """Both learn in the same step, each through the other held still."""

    tracked = (
        "mse",
        "saturated",
        "variety",
        "layout",
        "spread",
        "layout_bias",
        "bias",
        "overshoot",
        "adversarial_loss",
        "discriminator_loss",
        "real_accuracy",
        "generated_accuracy",
    )

    def __init__(self, *networks, **options):
        """Combines two networks, as any phase does."""
        super().__init__(*networks, **options)
        self._seeds = keras.random.SeedGenerator(0)

    def call(self, inputs, training=None):
        """Imagines each picture twice around one mean.

        Returns:
            [2 batch, height, width, 3], one draw after the other, and the mean, float32
            [batch, height, width, 3], with what is known pasted in.
        """
        masked, masks = inputs[features.MASKED], inputs[features.MASK]
        pictures = interface.mean_of(self.generator)(inputs, training=False)
        mean = interface.pasted(pictures, masked, masks)
        twice = {interface.MEAN: _twice(mean), features.MASK: _twice(masks)}
        noise = interface.noise_for(self.generator, twice[features.MASK], self._noise)
        draw = interface.draw_of(self.generator)
        return draw({**twice, features.NOISE: noise}, training=bool(training)), mean

    def terms(self, x, y, y_pred, training):
        """Measures both networks on two draws of each picture."""
        y_pred, mean = y_pred
        masks, targets = _twice(x[features.MASK]), _twice(y)
        yield Term("mse", losses.pixel_loss(targets, y_pred, masks, "hidden"))
        yield Term("saturated", saturated(y_pred))
        yield Term("variety", variety(y_pred, targets))
        first, second = ops.split(y_pred, 2)
        layout, spread = losses.layout_score(y, first, second, x[features.MASK], _SPREAD)
        yield Term("layout", layout, _LAYOUT_WEIGHT)
        yield Term("spread", spread)
        layout_bias, bias = losses.squared_bias(mean, first, second, x[features.MASK])
        yield Term("layout_bias", layout_bias, _LAYOUT_BIAS_WEIGHT)
        yield Term("bias", bias, _BIAS_WEIGHT)
        yield Term("overshoot", ops.mean(ops.relu(-y_pred) + ops.relu(y_pred - 1.0)), 1.0)

        pasted = ops.where(masks > 0.5, y_pred, targets)
        shown, shown_masks = augment(pasted, masks, self._seeds)
        seen = self.discriminator.see(shown)
        with held_still(self.discriminator.heads):
            judged = self.discriminator.judge(seen, shown_masks, training=True)
        adversarial = losses.hidden_mean([-verdicts for verdicts in judged], shown_masks)
        yield Term("adversarial_loss", adversarial, self.adversarial_weight)

        seen = {name: ops.stop_gradient(value) for name, value in seen.items()}
        generated = self.discriminator.judge(seen, shown_masks, training)
        photographs, their_masks = augment(y, x[features.MASK], self._seeds)
        real = self.discriminator.judge(self.discriminator.see(photographs), their_masks, training)
        hinges = (_hinges(real, -1.0), their_masks), (_hinges(generated, 1.0), shown_masks)
        loss = sum(losses.hidden_mean(*hinge) for hinge in hinges)
        yield Term("discriminator_loss", loss, 1.0)
        yield Term("real_accuracy", _share(real, 1.0, their_masks))
        yield Term("generated_accuracy", _share(generated, -1.0, shown_masks))


def _twice(batch):
    return ops.concatenate([batch, batch])


def _hinges(judged: Sequence, sign: float) -> list:
    return [ops.relu(1.0 + sign * verdicts) for verdicts in judged]


def _share(judged: Sequence, sign: float, masks):
    right = [ops.cast(sign * verdicts > 0.0, "float32") for verdicts in judged]
    return losses.hidden_mean(right, masks)
