"""One update of a generator and a discriminator: the whole GAN family of this package is this, under other settings.

Where the discriminator learns once an update, both learn from the same generated batch and the same weights (simultaneous
gradients, Mescheder et al. 2017), which saves a pass through the generator; with ``critic_steps`` above 1 the generator's turn
has a batch of its own.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lab_gan import losses
from lab_gan.config import GanConfig
from lab_gan.learner import Learner, Noise, Shape
from lab_gan.networks import CATEGORIES, CODES, make_critic, make_generator, points_of, policy


class Adversarial(Learner):
    """``networks``: generator and critic."""

    kept = ("generator",)

    def __init__(self, config: GanConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.config, self.classes, self.seed = config, classes, seed
        self.batches = config.critic_steps
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(2)]
        dtype = policy(precision)
        self.generator = make_generator(config, points_of(config, classes), shape, dtype=dtype, seed=seeds[0])
        self.critic = make_critic(config, shape, classes, dtype=dtype, seed=seeds[1])
        self.networks = {"generator": self.generator, "critic": self.critic}
        self.optimizers = {
            "generator_optimizer": _optimizer(config, config.learning_rate),
            "critic_optimizer": _optimizer(config, config.critic_learning_rate),
        }
        for network, optimizer in zip(self.networks.values(), self.optimizers.values(), strict=True):
            optimizer.build(network.trainable_variables)
        self.named = config.condition == "auxiliary" or config.codes
        self.figures = ("critic_loss", "generator_loss", "real_accuracy", "fake_accuracy")
        self.figures += ("category_loss",) if self.named else ()
        self.figures += ("code_loss",) if config.codes else ()
        self.figures += ("penalty",) if config.gradient_penalty or config.r1 else ()

    def update(self, images: Any, labels: Any, step: Any) -> tuple[Any, ...]:
        config, noise = self.config, Noise(self.seed, step)
        self._schedule(step)
        if config.critic_steps == 1:
            return self._both(images[0], labels[0], noise)
        figures: dict[str, Any] = {}
        for turn in range(config.critic_steps):
            with tf.GradientTape() as tape:
                drawn = self._draw(config.batch_size, noise)
                fakes = tf.stop_gradient(self.generator(drawn["points"], training=True))
                figures = self._judge(images[turn], labels[turn], fakes, drawn, noise)
            self._apply("critic", tape, figures["critic_total"])
        with tf.GradientTape() as tape:
            drawn = self._draw(config.batch_size, noise)
            fakes = self.generator(drawn["points"], training=True)
            told = self._told(fakes, drawn["category"])
            figures |= self._generator_figures(told, drawn)
        self._apply("generator", tape, figures["generator_total"])
        return tuple(figures[name] for name in self.figures)

    def _both(self, images: Any, labels: Any, noise: Noise) -> tuple[Any, ...]:
        """One turn of both on the same generated batch."""
        with tf.GradientTape(persistent=True) as tape:
            drawn = self._draw(self.config.batch_size, noise)
            fakes = self.generator(drawn["points"], training=True)
            figures = self._judge(images, labels, fakes, drawn, noise)
            figures |= self._generator_figures(figures.pop("told"), drawn)
        critic = tape.gradient(figures["critic_total"], self.critic.trainable_variables)
        generator = tape.gradient(figures["generator_total"], self.generator.trainable_variables)
        self.optimizers["critic_optimizer"].apply(critic, self.critic.trainable_variables)
        self.optimizers["generator_optimizer"].apply(generator, self.generator.trainable_variables)
        self._clip()
        return tuple(figures[name] for name in self.figures)

    # --- what is drawn

    def _draw(self, count: int, noise: Noise) -> dict[str, Any]:
        """Points for the generator, and the categories [count] and codes [count, 2] that are in them."""
        config = self.config
        size = (count, config.latent)
        z = noise.normal(size) if config.prior == "normal" else noise.uniform(size, -1.0, 1.0)
        if config.codes:
            category = noise.integers((count,), CATEGORIES)
            codes = noise.uniform((count, CODES), -1.0, 1.0)
            return {"points": tf.concat([z, tf.one_hot(category, CATEGORIES), codes], 1), "category": category, "codes": codes}
        category = noise.integers((count,), max(1, self.classes))
        if config.condition != "none":
            z = tf.concat([z, tf.one_hot(category, self.classes)], 1)
        return {"points": z, "category": category}

    # --- what is judged

    def _told(self, images: Any, category: Any) -> dict[str, Any]:
        """The critic's outputs in float32; the label is an input where ``condition`` says so."""
        inputs = [images]
        if self.config.condition in ("channel", "projection"):
            inputs.append(tf.one_hot(category, self.classes))
        return {name: tf.cast(value, tf.float32) for name, value in self.critic(inputs, training=True).items()}

    def _judge(self, images: Any, labels: Any, fakes: Any, drawn: dict[str, Any], noise: Noise) -> dict[str, Any]:
        """What the critic learns from one batch; ``told`` is what it said of the fakes."""
        config = self.config
        real, fake = self._told(images, labels), self._told(fakes, drawn["category"])
        loss = losses.critic_loss(config.loss, real["logit"], fake["logit"], real_target=config.real_target)
        total, figures = loss, {"told": fake, "critic_loss": loss} | accuracies(config.loss, real["logit"], fake["logit"])
        if config.condition == "auxiliary":
            total += config.category_weight * (
                losses.class_loss(real["category"], labels) + losses.class_loss(fake["category"], drawn["category"])
            )
        if config.codes:
            total += self._information(fake, drawn)
        if config.gradient_penalty or config.r1:
            figures["penalty"] = self._penalty(images, labels, tf.stop_gradient(fakes), drawn["category"], noise)
            total += (config.gradient_penalty or config.r1) * figures["penalty"]
        return figures | {"critic_total": total}

    def _generator_figures(self, told: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
        loss = losses.generator_loss(self.config.loss, told["logit"])
        total, figures = loss, {"generator_loss": loss}
        if self.named:
            figures["category_loss"] = losses.class_loss(told["category"], drawn["category"])
        if self.config.codes:
            figures["code_loss"] = losses.code_loss(told["codes"], drawn["codes"])
            total += self._information(told, drawn)
        elif self.named:
            total += self.config.category_weight * figures["category_loss"]
        return figures | {"generator_total": total}

    def _information(self, told: dict[str, Any], drawn: dict[str, Any]) -> Any:
        """Minus the bound on the information that a fake holds about its codes, weighted (Chen et al. 2016, equation 5)."""
        category = losses.class_loss(told["category"], drawn["category"])
        return self.config.category_weight * category + self.config.code_weight * losses.code_loss(told["codes"], drawn["codes"])

    def _penalty(self, images: Any, labels: Any, fakes: Any, category: Any, noise: Noise) -> Any:
        if self.config.gradient_penalty:
            share = noise.uniform((self.config.batch_size, 1, 1, 1))
            images = images + share * (fakes - images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            logit = self._told(images, labels)["logit"]
        gradient = inner.gradient(logit, images)
        return losses.gradient_penalty(gradient) if self.config.gradient_penalty else losses.r1(gradient)

    # --- what is changed

    def _apply(self, name: str, tape: Any, loss: Any) -> None:
        variables = self.networks[name].trainable_variables
        self.optimizers[f"{name}_optimizer"].apply(tape.gradient(loss, variables), variables)
        if name == "critic":
            self._clip()

    def _clip(self) -> None:
        limit = self.config.clip
        if limit is not None:
            for variable in self.critic.trainable_variables:
                variable.assign(tf.clip_by_value(variable.value, -limit, limit))

    def _schedule(self, step: Any) -> None:
        config = self.config
        if config.final_learning_rate == 1:
            return
        late = tf.clip_by_value(2 * tf.cast(step, tf.float32) / config.steps - 1, 0.0, 1.0)
        share = 1 + late * (config.final_learning_rate - 1)
        for optimizer, rate in zip(self.optimizers.values(), (config.learning_rate, config.critic_learning_rate), strict=True):
            optimizer.learning_rate.assign(rate * share)


def _optimizer(config: GanConfig, rate: float) -> keras.optimizers.Optimizer:
    if config.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    return keras.optimizers.Adam(rate, config.beta1, config.beta2)


def accuracies(loss: str, real: Any, fake: Any) -> dict[str, Any]:
    """How often the critic is right about real and about generated images, by the side of its threshold.

    A Wasserstein critic has no threshold of its own: the middle between the two means stands for it.
    """
    threshold: Any = 0.5 if loss == "least-squares" else 0.0
    if loss == "wasserstein":
        threshold = 0.5 * (tf.reduce_mean(real) + tf.reduce_mean(fake))
    return {
        "real_accuracy": tf.reduce_mean(tf.cast(real > threshold, tf.float32)),
        "fake_accuracy": tf.reduce_mean(tf.cast(fake < threshold, tf.float32)),
    }
