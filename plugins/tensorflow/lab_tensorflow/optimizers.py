"""Optimisers with explicit slots on TensorFlow's fused kernels.

Their whole state is in ``variables``, by name, so that saving and comparing needs no knowledge of Keras. They have the one
method that TF-Agents calls, so an agent can be handed one. Prefer :class:`Adam` to Keras' own: one kernel for each weight where
Keras builds about ten operations, and weight decay and clipping as here. Take Keras' optimisers for what isn't here (SGD, Lion).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf


class Adam:
    """Adam (Kingma and Ba 2015), with the epsilon outside the bias-corrected root as TensorFlow has it.

    m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;  w -= lr sqrt(1-b2^t)/(1-b1^t) m / (sqrt(v) + epsilon)

    weight_decay  w -= lr weight_decay w beforehand (Loshchilov and Hutter 2019, algorithm 2), for weights with two axes or more:
                  biases and the scales of normalisations don't decay; 0: none
    clip_norm     gradients are scaled down together to this Euclidean norm (Pascanu et al. 2013); 0: never
    names         of the weights, for the names of their moments in ``variables``; their numbers otherwise
    """

    def __init__(
        self,
        weights: Sequence[Any],
        learning_rate: float,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float = 0.0,
        clip_norm: float = 0.0,
        names: Sequence[str] | None = None,
    ) -> None:
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.weight_decay, self.clip_norm = weight_decay, clip_norm
        self._names = [str(index) for index in range(len(weights))] if names is None else list(names)
        self.learning_rate = tf.Variable(tf.constant(learning_rate, tf.float32), trainable=False)
        self.updates = tf.Variable(tf.constant(0, tf.int64), trainable=False)
        self._slots = {_key(weight): (_zeros(weight), _zeros(weight)) for weight in weights}

    @property
    def variables(self) -> dict[str, Any]:
        """Everything that changes: moments in the order of the weights, the count of updates, the step size."""
        found = {"learning_rate": self.learning_rate, "updates": self.updates}
        for name, (m, v) in zip(self._names, self._slots.values(), strict=True):
            found |= {f"m/{name}": m, f"v/{name}": v}
        return found

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        """One step on every (gradient, weight) pair; raises ValueError for a weight that the loss doesn't depend on."""
        pairs = [(_dense(gradient), weight) for gradient, weight in grads_and_vars]
        if self.clip_norm:
            clipped, _ = tf.clip_by_global_norm([gradient for gradient, _ in pairs], self.clip_norm)
            pairs = [(gradient, weight) for gradient, (_, weight) in zip(clipped, pairs, strict=True)]
        done = tf.cast(self.updates.assign_add(1), tf.float32)
        power1, power2 = tf.pow(self.beta1, done), tf.pow(self.beta2, done)
        learning_rate = self._rectified(done, power2)
        for gradient, weight in pairs:
            m, v = self._slots[_key(weight)]
            if self.weight_decay and len(weight.shape) > 1:
                weight.assign_sub(self.learning_rate * self.weight_decay * weight)
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=power1,
                beta2_power=power2,
                lr=learning_rate,
                beta1=self.beta1,
                beta2=self.beta2,
                epsilon=self.epsilon,
                grad=gradient,
            )

    def _rectified(self, done: Any, power2: Any) -> Any:
        """The step size of update number ``done``, with beta2^done."""
        return self.learning_rate


class RAdam(Adam):
    """Rectified Adam (Liu et al. 2020, algorithm 2): the step grows as the estimate of the second moment settles.

    rho = rho_inf - 2 t b2^t / (1 - b2^t),  rho_inf = 2 / (1-b2) - 1
    step size = lr sqrt((rho-4)(rho-2) rho_inf / ((rho_inf-4)(rho_inf-2) rho)) where rho > 5, else 0

    Deviation: the first five updates only gather moments; the paper makes a plain momentum step of size ``lr`` there.
    """

    def _rectified(self, done: Any, power2: Any) -> Any:
        limit = 2.0 / (1.0 - self.beta2) - 1.0
        rho = limit - 2.0 * done * power2 / (1.0 - power2)
        inside = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho)
        return tf.where(rho > 5.0, self.learning_rate * tf.sqrt(tf.maximum(inside, 0.0)), 0.0)


class RMSProp:
    """RMSProp with momentum as TensorFlow 1 had it: the mean square starts at one, epsilon is under the root.

    s = d s + (1-d) g^2;  centred: a = d a + (1-d) g;  u = mu u + lr g / sqrt(s [- a^2] + epsilon);  w -= u
    """

    def __init__(
        self,
        weights: Sequence[Any],
        learning_rate: float,
        *,
        decay: float,
        momentum: float,
        epsilon: float,
        centred: bool = False,
    ) -> None:
        self.decay, self.momentum, self.epsilon, self.centred = decay, momentum, epsilon, centred
        self.learning_rate = tf.Variable(tf.constant(learning_rate, tf.float32), trainable=False)
        self.updates = tf.Variable(tf.constant(0, tf.int64), trainable=False)
        self._slots = {_key(weight): (_zeros(weight, 1.0), _zeros(weight), _zeros(weight)) for weight in weights}

    @property
    def variables(self) -> dict[str, Any]:
        """Everything that changes: mean squares, momenta, mean gradients (if centred), the count of updates, the step size."""
        found = {"learning_rate": self.learning_rate, "updates": self.updates}
        for index, (square, momentum, mean) in enumerate(self._slots.values()):
            found |= {f"square/{index}": square, f"momentum/{index}": momentum}
            if self.centred:
                found[f"mean/{index}"] = mean
        return found

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        """One step on every (gradient, weight) pair."""
        self.updates.assign_add(1)
        for gradient, weight in grads_and_vars:
            square, momentum, mean = self._slots[_key(weight)]
            common = {
                "var": weight.handle,
                "ms": square.handle,
                "mom": momentum.handle,
                "lr": self.learning_rate,
                "rho": self.decay,
                "momentum": self.momentum,
                "epsilon": self.epsilon,
                "grad": gradient,
            }
            if self.centred:
                tf.raw_ops.ResourceApplyCenteredRMSProp(mg=mean.handle, **common)
            else:
                tf.raw_ops.ResourceApplyRMSProp(**common)


def _dense(gradient: Any) -> Any:
    """A gradient as a tensor: that of an embedding comes as slices."""
    if gradient is None:
        raise ValueError("a weight has no gradient: the loss doesn't depend on it")
    return tf.convert_to_tensor(gradient)


def _key(weight: Any) -> str:
    return weight.ref() if not hasattr(weight, "_variable") else weight._variable.ref()


def _zeros(weight: Any, value: float = 0.0) -> Any:
    return tf.Variable(tf.fill(weight.shape, tf.constant(value, tf.float32)), trainable=False)
