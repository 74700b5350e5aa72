"""Muon, for networks of convolutions; and optimizers that measure gradients as they step.

Pure Keras 3, for any backend.
"""

import math
from collections.abc import Callable, Mapping, Sequence
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

    def __init__(self, *args: Any, transposed: Sequence[Any] = (), **options: Any):
        """Sets up the optimizer; it computes in the precision of Keras's policy at this moment.

        Args:
            *args: As for Adam.
            transposed: Kernels of transposed convolutions, which hold what they write before what
                they read.
            **options: As for Adam.
        """
        super().__init__(*args, **options)
        self._compute_dtype = keras.config.dtype_policy().compute_dtype
        self._transposed = {id(variable) for variable in transposed}
        self._writes_rows: list[bool] = []  # by the variable's index

    def build(self, variables):
        """Makes the optimizer's own variables."""
        if self.built:
            return
        super().build(variables)
        self._writes_rows = [id(variable) in self._transposed for variable in variables]

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Changes one variable."""
        if len(variable.shape) < 2 or min(variable.shape[-2:]) < _PICTURES:
            super().update_step(gradient, variable, learning_rate * _ADAM_SHARE)
            return
        index = self._get_variable_index(variable)
        momentum = self._momentums[index]
        gradient = ops.cast(gradient, momentum.dtype)
        self.assign(momentum, _MOMENTUM * momentum + gradient)
        ahead = gradient + _MOMENTUM * momentum  # Nesterov's
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        read, written = reversed(matrix.shape) if self._writes_rows[index] else matrix.shape
        step = orthogonal(matrix, self._compute_dtype)
        step = math.sqrt(max(1.0, written / read)) * ops.reshape(step, variable.shape)
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


def _as_they_are(gradients: Sequence[Any]) -> Sequence[Any]:
    return gradients


class _Watched(keras.optimizers.Optimizer):
    """Keeps the norm of each network's last gradient, and holds it within bounds.

    Both are of the whole batch: where devices share one, their gradients are added up first.
    """

    def __init__(
        self,
        learning_rate: Any,
        groups: Mapping[str, Sequence[Any]],
        clip_norm: float | None = None,
        rates: Mapping[str, float] | None = None,
        add_up: Callable[[Sequence[Any]], Sequence[Any]] = _as_they_are,
        **options: Any,
    ):
        """Sets up the optimizer.

        Args:
            learning_rate: A float or a schedule.
            groups: Trainable variables by the name of their network.
            clip_norm: A network's gradient that is longer is shortened to it.
            rates: What the learning rate is multiplied by, by network; 1 where it is not said.
            add_up: Sums gradients, some of them None, over the devices that share a batch.
            **options: As for the optimizer.
        """
        super().__init__(learning_rate, **options)
        self._groups = {name: {id(v) for v in group} for name, group in groups.items()}
        self._limit = clip_norm
        self._group_rates = dict(rates or {})
        self._add_up = add_up
        self._rates: list[float] = []  # by the variable's index
        self.norms: dict[str, Any] = {}  # by network: scalar variables

    def build(self, variables):
        """Makes the optimizer's own variables."""
        if self.built:
            return
        super().build(variables)
        self._rates = [self._rate_of(variable) for variable in variables]
        for name in self._groups:
            self.norms[name] = self.add_variable(
                shape=(), name=f"{name}{GRADIENT_NORM}", aggregation="only_first_replica"
            )

    def apply(self, grads, trainable_variables=None):
        """Measures and bounds the gradients, then makes the step."""
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        grads = list(self._add_up(grads))
        for name, members in self._groups.items():
            chosen = [i for i, variable in enumerate(variables) if id(variable) in members]
            self._bound(grads, chosen, name)
        super().apply(grads, variables)

    def _all_reduce_sum_gradients(self, grads_and_vars):
        """What Keras would add up over TensorFlow's devices, `apply` has added up already."""
        return grads_and_vars

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Changes one variable, at the rate of its network."""
        rate = self._rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)

    def _bound(self, grads: list, chosen: Sequence[int], name: str) -> None:
        squares = [
            ops.sum(ops.square(ops.cast(grads[i], "float32")))
            for i in chosen
            if grads[i] is not None
        ]
        norm = ops.sqrt(sum(squares))
        self.norms[name].assign(norm)
        if self._limit is None:
            return
        scale = self._limit / ops.maximum(norm, self._limit)
        for i in chosen:
            if grads[i] is not None:
                grads[i] = grads[i] * ops.cast(scale, grads[i].dtype)

    def _rate_of(self, variable) -> float:
        names = [name for name, members in self._groups.items() if id(variable) in members]
        return self._group_rates.get(names[0], 1.0) if names else 1.0


class WatchedAdam(_Watched, keras.optimizers.Adam):
    """Adam (Kingma & Ba 2014) that measures gradients."""


class WatchedMuon(_Watched, Muon):
    """Muon that measures gradients."""
