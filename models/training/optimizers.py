"""Muon, for networks of convolutions. Pure Keras 3, for any backend."""

import math
from typing import Any

import keras
from keras import ops

_PICTURES = 8  # a kernel of fewer channels in or out reads or writes pictures
_ADAM_SHARE = 0.05  # of the learning rate, for what learns by Adam
_MOMENTUM = 0.95
_DECAY = 0.1  # of a kernel, times the learning rate: keeps steps long beside what they change
_ROUNDS = 5
_QUINTIC = (3.4445, -4.7750, 2.0315)  # from the paper: steep at 0, and near 1 stays there


class Muon(keras.optimizers.Adam):
    """Steps of a kernel are made equally long in every direction; all else learns by Adam.

    Method: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
    Keras's own leaves kernels of four dimensions to Adam, and those are all our networks have.
    Each is taken here as the matrix from what it reads at a place to what it writes there, or,
    where transposed, from one place to all that it writes.
    """

    def __init__(self, *args: Any, **options: Any):
        """Sets up the optimizer; it computes in the precision of Keras's policy at this moment.

        Args:
            *args: As for Adam.
            **options: As for Adam.
        """
        super().__init__(*args, **options)
        self._compute_dtype = keras.config.dtype_policy().compute_dtype

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Changes one variable."""
        if len(variable.shape) < 2 or min(variable.shape[-2:]) < _PICTURES:
            super().update_step(gradient, variable, learning_rate * _ADAM_SHARE)
            return
        momentum = self._momentums[self._get_variable_index(variable)]
        gradient = ops.cast(gradient, momentum.dtype)
        self.assign(momentum, _MOMENTUM * momentum + gradient)
        ahead = gradient + _MOMENTUM * momentum  # Nesterov's
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        rows, columns = matrix.shape
        step = orthogonal(matrix, self._compute_dtype)
        step = math.sqrt(max(1.0, columns / rows)) * ops.reshape(step, variable.shape)
        step += _DECAY * variable
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * step)


def orthogonal(matrix, dtype: str = "float32") -> Any:
    """Makes the singular values of a matrix nearly equal, by Newton and Schulz's iteration.

    Args:
        matrix: float32 [rows, columns], with a singular value above 0.
        dtype: What to compute in; bfloat16 is precise enough.

    Returns:
        float32 of the same shape and singular vectors; singular values of 0.68 to 1.21, but for
        those that were less than a 500th of the matrix's Frobenius norm.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return ops.transpose(orthogonal(ops.transpose(matrix), dtype))
    matrix = ops.cast(matrix / (ops.norm(matrix) + 1e-7), dtype)
    first, third, fifth = _QUINTIC
    for _ in range(_ROUNDS):
        square = matrix @ ops.transpose(matrix)
        matrix = first * matrix + (third * square + fifth * square @ square) @ matrix
    return ops.cast(matrix, "float32")
