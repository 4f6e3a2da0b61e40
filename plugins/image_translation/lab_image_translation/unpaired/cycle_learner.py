"""One update of CycleGAN (Zhu et al. 2017)."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.losses.reconstruction import absolute_error
from lab_tensorflow.naming import named_trainable
from lab_tensorflow.noise import Noise
from lab_tensorflow.optimizers import Adam
from lab_tensorflow.precision import policy
from lab_tensorflow.schedules import learning_rate

from lab_image_translation import losses
from lab_image_translation.networks.patch import discriminator
from lab_image_translation.networks.resnet import resnet_generator
from lab_image_translation.unpaired.config import CycleConfig
from lab_image_translation.unpaired.pool import ImagePool


class CycleLearner(Learner):
    """``networks``: forward G: A -> B, backward F: B -> A, their discriminators; ``state``: two image pools."""

    averaged = ("forward", "backward")
    metrics = ("forward_loss", "backward_loss", "discriminator_a_loss", "discriminator_b_loss", "cycle_loss")

    def __init__(self, config: CycleConfig, *, precision: str, seed: int) -> None:
        self.config, self.seed = config, seed
        dtype, start = policy(precision), seed % 1_000_003
        sizes = config.generator_options | {"dtype": dtype}
        judges = {
            "field": config.field,
            "width": config.discriminator_width,
            "normalisation": "instance",
            "bias": False,
            "dtype": dtype,
        }
        self.forward = resnet_generator(3, 3, seed=start, **sizes)
        self.backward = resnet_generator(3, 3, seed=start + 1, **sizes)
        self.judge_b = discriminator(3, seed=start + 2, **judges)
        self.judge_a = discriminator(3, seed=start + 3, **judges)
        self.networks = {
            "forward": self.forward,
            "backward": self.backward,
            "discriminator_b": self.judge_b,
            "discriminator_a": self.judge_a,
        }
        shape = (config.size, config.size, 3)
        self.pools = {"a": ImagePool(config.pool, shape), "b": ImagePool(config.pool, shape)}
        self.state = {f"pool_{side}/{name}": one for side, pool in self.pools.items() for name, one in pool.variables.items()}
        if config.identity_weight:
            self.metrics = (*self.metrics, "identity_loss")
        self.groups = {"generators": ("forward", "backward"), "discriminators": ("discriminator_b", "discriminator_a")}
        self.optimizers, self.weights = make_optimizers(config, self.networks, self.groups)

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """Equations 1 to 3 with the least-squares loss, cycle weight lambda, identity weight lambda * identity_weight.

        All four networks learn from the same generated images and weights; the paper updates the generators first.
        """
        config, noise = self.config, Noise(self.seed, step)
        a, b = batch["a"], batch["b"]  # [batch, size, size, 3] in -1..1
        with tf.GradientTape(persistent=True) as tape:
            fake_b, fake_a = self.forward(a, training=True), self.backward(b, training=True)
            cycle = absolute_error(a, self.backward(fake_b, training=True)) + absolute_error(
                b, self.forward(fake_a, training=True)
            )
            forward = losses.generator_loss("least-squares", self.judge_b(fake_b, training=True), real_target=config.real_target)
            backward = losses.generator_loss("least-squares", self.judge_a(fake_a, training=True), real_target=config.real_target)
            total = forward + backward + config.cycle_weight * cycle
            metrics = {"forward_loss": forward, "backward_loss": backward, "cycle_loss": cycle}
            if config.identity_weight:
                same = absolute_error(b, self.forward(b, training=True)) + absolute_error(a, self.backward(a, training=True))
                metrics["identity_loss"] = same
                total += config.cycle_weight * config.identity_weight * same
            judged: Any = 0.0
            for name, judge, real, fake in (("a", self.judge_a, a, fake_a), ("b", self.judge_b, b, fake_b)):
                shown = self.pools[name].exchange(tf.stop_gradient(fake), noise)
                loss = losses.discriminator_loss(
                    "least-squares", judge(real, training=True), judge(shown, training=True), real_target=config.real_target
                )
                metrics[f"discriminator_{name}_loss"] = loss
                judged += loss
        rate = learning_rate(step, config)
        apply(self, "discriminators", tape, judged, rate * config.discriminator_learning_rate)
        apply(self, "generators", tape, total, rate)
        return metrics


def make_optimizers(
    config: Any, networks: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Adam], dict[str, list[Any]]]:
    """One Adam for each group of networks, and the weights that it changes."""
    optimizers: dict[str, Adam] = {}
    weights: dict[str, list[Any]] = {}
    for group, names in groups.items():
        found = {path: weight for name in names for path, weight in named_trainable(networks[name], name).items()}
        weights[group] = list(found.values())
        optimizers[f"{group}_optimizer"] = Adam(
            weights[group],
            config.learning_rate,
            beta1=config.beta1,
            beta2=config.beta2,
            clip_norm=config.gradient_clip,
            names=list(found),
        )
    return optimizers, weights


def apply(learner: Any, group: str, tape: tf.GradientTape, loss: Any, rate: Any) -> None:
    """One step of a group's optimiser down the gradient of ``loss``."""
    optimizer, weights = learner.optimizers[f"{group}_optimizer"], learner.weights[group]
    optimizer.learning_rate.assign(rate)
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
