"""Training of every paired method; a subclass names its problem."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.model import Model
from lab_core.trainer import Media
from lab_image_translation.held_out import pairs
from lab_image_translation.paired.model import PairedModel
from lab_image_translation.paired.problem import Problem
from lab_image_translation.sheets import rows_of


class PairedTrainer(CompiledTrainer[Any]):
    """One generator, learnt from pairs."""

    item_word = "images"
    memory_settings = ("batch_size", "size", "width")
    model_type: ClassVar[type[PairedModel]]
    problem: Problem

    def make_data(self) -> Mapping[str, Any]:
        self.problem = self.model_type.problem_type(self.config)
        return self.problem.columns("train")

    def make_learner(self) -> Any:
        from lab_image_translation.paired.learner import PairedLearner

        context = self.context
        return PairedLearner(self.config, self.problem, precision=context.precision, seed=context.integer("initialisation"))

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        return self.problem.example(items, noise)

    def model(self) -> Model:
        return self.model_type(self.config, self.average.values(), self.problem.about)

    def media(self) -> tuple[Media, ...]:
        """Rows of input, result and target of held-out pairs, the same ones every time."""
        problem = self.problem
        held_out = pairs(problem.operation, problem.held_out_values, "validation", self.config.media_count)
        model: Any = self.preview()
        results = list(model.apply([input for input, _ in held_out], model.options()))
        rows = [(input, result, target) for (input, target), result in zip(held_out, results, strict=True)]
        return (Media("held-out", rows_of(rows)),)

    @classmethod
    def memory(cls, config: Any) -> int:
        pixels = config.batch_size * config.size**2
        return training_bytes(data=200_000_000, parameters=config.width**2 * 13_500, activations=pixels * config.width * 24)
