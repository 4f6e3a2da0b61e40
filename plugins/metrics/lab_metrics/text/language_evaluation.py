"""Scores language models: how many bits a character of unseen text costs them."""

from typing import Protocol, runtime_checkable

import numpy as np

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_metrics.applying import at_least_one
from lab_metrics.data import chosen, parameter, source
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol
from lab_metrics.text.likelihood import bits_per_character


@runtime_checkable
class LogLikelihood(Protocol):
    """The ability that this evaluator needs beside those of the core.

    A model of any class that has this method is scored; nothing has to be registered.
    """

    def log_likelihood(self, text: str) -> tuple[float, int]:
        """(log-likelihood of ``text`` in nats, at most 0; how many characters it was computed over).

        Every character of the text must be accounted for, so the number is that of the text's characters unless the model
        is given a beginning that it does not predict. Characters outside the vocabulary must cost something: a model over
        tokens spells them. State starts fresh for each text, however long it is.
        """
        ...


class LanguageModelEvaluator(Evaluator):
    """A unit is one text. Parameters of the benchmark: ``data`` (id of the data set), ``text`` (its column, default "text").

    Register it with ``pool="lab_metrics.text.likelihood:bits_per_character"``.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Bits a character of ``count`` texts, always the same ones; lower is better. Details: ``characters`` of each text.

        Raises LabError for a model without :class:`LogLikelihood` or with impossible answers.
        """
        where = self.benchmark.id
        at_least_one(count, "text")
        if not isinstance(model, LogLikelihood):
            raise LabError(f"Benchmark {where} needs a model with log_likelihood(text); {type(model).__name__} has none.")
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        data = parameter(self.benchmark.parameters, "data", where)
        column = str(self.benchmark.parameters.get("text", "text"))
        (texts,) = chosen(data, rules.split, (column,), count)
        rows = np.empty((len(texts), 2))
        for place, text in enumerate(texts):
            nats, characters = model.log_likelihood(text)
            if not (nats <= 0 and 0 < characters <= max(len(text), 1)):
                raise LabError(
                    f"{where}: {type(model).__name__} gave a log-likelihood of {nats:g} nats over {characters} characters"
                    f" for a text of {len(text)}; at most 0 nats over 1 to {len(text)} characters are possible."
                )
            rows[place] = (-nats, characters)
            if progress is not None:
                progress(place + 1, len(texts), [bits_per_character(rows[: place + 1])])
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={**plain(rules), "signature": f"bpc:ref={source(data, rules.split)}:{column}|n={len(texts)}|v=1"},
            seed=seed,
            scores=tuple(bits_per_character(row[None]) for row in rows),
            statistics=tuple(map(tuple, rows.tolist())),
            value=bits_per_character(rows),
            unit="text",
            details={"characters": tuple(rows[:, 1].tolist())},
            steps=int(rows[:, 1].sum()),
        )
