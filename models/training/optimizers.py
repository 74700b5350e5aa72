"""Muon, for networks of convolutions; and optimizers that measure gradients as they step.

Pure Keras 3, for any backend.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

GRADIENT_NORM = "_gradient_norm"  # what a norm's name has after its network's

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


class _Watched(keras.optimizers.Optimizer):
    """Keeps the norm of each network's last gradient.

    Where several devices share a batch, the mean of the norms of their own: gradients are added
    up only after they were measured here, and each device's loss is a share of the whole.
    """

    def __init__(
        self,
        learning_rate: Any,
        groups: Mapping[str, Sequence[Any]],
        clip_norm: float | None = None,
    ):
        """Sets up the optimizer.

        Args:
            learning_rate: A float or a schedule.
            groups: Trainable variables by the name of their network.
            clip_norm: Longer gradients, over all variables, are shortened to it.
        """
        super().__init__(learning_rate, global_clipnorm=clip_norm)
        self._groups = {name: {id(v) for v in group} for name, group in groups.items()}
        self.norms: dict[str, Any] = {}  # by network: scalar variables

    def build(self, variables):
        """Makes the optimizer's own variables."""
        if self.built:
            return
        super().build(variables)
        for name in self._groups:
            self.norms[name] = self.add_variable(
                shape=(), name=f"{name}{GRADIENT_NORM}", aggregation="sum"
            )

    def apply(self, grads, trainable_variables=None):
        """Measures the gradients, then makes the step."""
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        pairs = list(zip(grads, trainable_variables, strict=True))
        if not self.built:
            self.build([variable for _, variable in pairs])
        for name, group in self._groups.items():
            squares = [
                ops.sum(ops.square(ops.cast(gradient, "float32")))
                for gradient, variable in pairs
                if id(variable) in group and gradient is not None
            ]
            self.norms[name].assign(ops.sqrt(sum(squares)))
        super().apply(grads, [variable for _, variable in pairs])


class WatchedAdam(_Watched, keras.optimizers.Adam):
    """Adam (Kingma & Ba 2014) that measures gradients."""


class WatchedMuon(_Watched, Muon):
    """Muon that measures gradients."""
