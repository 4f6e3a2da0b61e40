"""Diffusion models: images from noise in a few steps."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lab_core.config import Config, about, from_dict
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.image_model import to_pixels
from lab_gan.model import GeneratorModel


class Sampling(Config, frozen=True, kw_only=True):
    """Options of sampling."""

    steps: Annotated[int, about("Passes through the network; without it as trained", ge=1, le=1000)] | None = None
    order: Annotated[Literal[1, 2], about("1: DDIM, 2: DPM-Solver++; without it as trained")] | None = None


class Guided(Sampling, frozen=True, kw_only=True):
    """Options of a class-conditional model."""

    label: Annotated[int, about("Class to generate; without it each sample has a random one", ge=0)] | None = None
    guidance: Annotated[float, about("Weight of the class; without it as trained", ge=0, le=20)] | None = None


class DiffusionModel(GeneratorModel):
    """Generates images from noise of their own size, deterministically; a latent is that noise, then the one-hot class."""

    config_type: ClassVar[type[Any]] = DiffusionConfig
    batch: ClassVar[int] = 64  # larger batches leave the processor's cache

    def make_networks(self) -> Mapping[str, Any]:
        from lab_gan.diffusion.networks import make_denoiser

        return {"denoiser": make_denoiser(self.config, self.shape, self._labels, dtype="float32", seed=0)}

    def _options_type(self) -> type[Config]:
        return Guided if self.config.condition else Sampling

    @property
    def _labels(self) -> int:
        return len(self.classes) if self.config.condition else 0

    @property
    def noise_size(self) -> int:
        return int(np.prod(self.shape))

    def latents(self, count: int, *, seed: int, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Latent i of a seed is the same for every ``count``."""
        chosen: Any = from_dict(self.options, dict(options))
        rng, rng_label = (np.random.default_rng([seed, stream]) for stream in range(2))
        noise = rng.standard_normal((count, self.noise_size), dtype=np.float32)
        if not self._labels:
            return noise
        return np.concatenate([noise, self._one_hot(chosen.label, rng_label, count)], axis=1).astype(np.float32)

    def decode(self, latents: NDArray[np.float32], options: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
        chosen: Any = from_dict(self.options, dict(options))
        steps, order = chosen.steps or self.config.sampling_steps, chosen.order or self.config.order
        guidance = getattr(chosen, "guidance", None)
        guidance = self.config.guidance if guidance is None else guidance
        steps = np.array(steps, np.int32)  # a tensor to TensorFlow: one graph for every number of steps
        yield from self.batched(lambda rows: self._generate(rows, steps, order, guidance), latents)

    def _pixels(self, latents: Any, steps: Any, order: int, guidance: float) -> Any:
        import tensorflow as tf

        from lab_gan.diffusion.sampling import sample

        count = tf.shape(latents)[0]
        noise = tf.reshape(latents[:, : self.noise_size], (count, *self.shape))
        label = latents[:, self.noise_size :]

        def denoise(noisy: Any, time: Any) -> Any:
            times = tf.fill((count, 1), time)
            return self._denoised(noisy, times, label, guidance)

        return to_pixels(sample(denoise, noise, steps, kind=self.config.noise_schedule, order=order))

    def _denoised(self, noisy: Any, times: Any, label: Any, guidance: float) -> Any:
        """The predicted images, clipped to -1..1; with guidance w: none + w (class - none) (Ho and Salimans 2021, equation 6)."""
        import tensorflow as tf

        from lab_gan.diffusion.schedule import alpha_sigma, denoised

        network, inputs = self.networks["denoiser"], [noisy, times]
        if not self._labels:
            prediction = network(inputs, training=False)
        else:
            prediction = network([*inputs, tf.pad(label, [[0, 0], [0, 1]])], training=False)
            if guidance != 1:
                no_class = tf.one_hot(tf.fill((tf.shape(noisy)[0],), self._labels), self._labels + 1)
                unconditional = network([*inputs, no_class], training=False)
                prediction = unconditional + guidance * (prediction - unconditional)
        alpha, sigma = alpha_sigma(self.config.noise_schedule, times[:, :, None, None])
        return tf.clip_by_value(denoised(self.config.predict, prediction, noisy, alpha, sigma), -1, 1)
