"""How much arithmetic a training step takes, from the networks' own shapes."""

import keras
from keras import layers

from models.networks import report


def multiplications(network: keras.Model) -> int:
    """Counts the multiply-adds of a forward pass.

    Args:
        network: Of convolutions and dense layers; the others hardly count.

    Returns:
        Multiply-adds an image.
    """
    total = 0
    for layer in network.layers:
        if isinstance(layer, layers.Conv2DTranspose):
            _, height, width, _ = layer.input.shape  # each input pixel meets the whole kernel
            total += height * width * layer.kernel.shape.num_elements()
        elif isinstance(layer, layers.Conv2D):
            _, height, width, _ = layer.output.shape
            total += height * width * layer.kernel.shape.num_elements()
        elif isinstance(layer, layers.Dense):
            total += layer.kernel.shape.num_elements()
    return total


def gan_step_flops() -> int:
    """Counts the floating-point operations of a step of the third phase.

    A gradient costs a forward pass for the inputs and another for the weights. The generator
    goes forward and back once. The discriminator judges a photograph and a generated picture and
    goes back from both, and judges the generated picture once more, going back to its pixels.

    Returns:
        Operations an image; a multiply-add counts as two.
    """
    generator = multiplications(report.build_generator())
    discriminator = multiplications(report.build_discriminator())
    return 2 * (3 * generator + (3 + 3 + 2) * discriminator)
