"""Settings that every method with minibatches shares. Imports no learning library."""

from typing import Annotated, ClassVar, Literal

from lab_core.config import TrainConfig, about

Schedule = Literal["constant", "linear", "cosine"]


class MinibatchConfig(TrainConfig, frozen=True, kw_only=True):
    """What :class:`lab_tensorflow.compiled_trainer.CompiledTrainer` and its learners read; steps are updates.

    One convention for learning rates: ``final_learning_rate`` is a share of ``learning_rate``, reached at ``steps``
    (:mod:`lab_tensorflow.schedules`).
    """

    resumable: ClassVar[tuple[str, ...]] = ("learning_rate", "warmup", "schedule", "decay_start", "final_learning_rate")

    batch_size: Annotated[
        int, about("Items of one minibatch", unit="items", ge=1, le=65_536, section="updates and optimiser")
    ] = 64
    updates_per_slice: Annotated[int, about("Updates in one call of TensorFlow", unit="updates", ge=1)] = 20

    learning_rate: Annotated[float, about("The optimiser's step size", gt=0, le=10)] = 1e-3
    beta1: Annotated[float, about("Adam's decay of the mean gradient", ge=0, lt=1)] = 0.9
    beta2: Annotated[float, about("Adam's decay of the mean squared gradient", ge=0, lt=1)] = 0.999
    weight_decay: Annotated[float, about("Decoupled weight decay, times the learning rate (AdamW); 0: none", ge=0)] = 0.0
    gradient_clip: Annotated[float, about("Largest global norm of the gradient; 0: no clipping", ge=0)] = 0.0

    warmup: Annotated[int, about("Updates in which the learning rate rises linearly from zero", unit="updates", ge=0)] = 0
    schedule: Annotated[Schedule, about("How the learning rate falls")] = "constant"
    decay_start: Annotated[float, about("Share of the training after which the learning rate falls", ge=0, lt=1)] = 0.0
    final_learning_rate: Annotated[
        float, about("Learning rate at the end, as a share of learning_rate; for linear and cosine", ge=0, le=1)
    ] = 0.0

    average_decay: Annotated[
        float, about("Decay of the averaged weights, ramped up as (1 + t) / (10 + t); 0: no average", ge=0, lt=1)
    ] = 0.0

    media_every: Annotated[
        int,
        about("Updates between pictures or texts of progress; 0: none", unit="updates", ge=0, section="watching and checkpoints"),
    ] = 500
    media_count: Annotated[int, about("Items shown each time", unit="items", ge=1, le=400)] = 16
    validation_every: Annotated[int, about("Updates between measurements on validation data; 0: none", unit="updates", ge=0)] = 0
