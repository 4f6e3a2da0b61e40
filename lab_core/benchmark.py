"""A benchmark: a problem where methods compete. A column of the leaderboard."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from lab_core.errors import unknown
from lab_core.model import Kind
from lab_core.score import Score

Ability = Literal["act", "sample", "apply"]


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """A problem, its score, and how a model is scored on it. Plain data; code is named as ``"module:Class"``.

    ``protocols`` maps a name to all that a score depends on but the model; its key ``count`` is how many episodes or
    samples are scored unless the user says otherwise. ``selection_protocol`` is the one under which a training chooses
    its best model (None: the default one): a cheaper one, or one that keeps away from the items that reported scores are
    measured on. ``parameters`` go to the evaluator and the scene. Id and the text values of ``parameters`` may hold config
    fields (``atari/{game}``): such a record is the template that serves every value for which no benchmark of its own is
    registered.

    ``consumes`` and ``produces`` are the kinds of item that a model which applies must take and give; checked before the
    evaluator or the scene sees it. ``unit`` is the word for what is scored one by one, in the singular ("episode", "sentence",
    "image", "series"); every message uses it. ``pool`` names a pure function ``(statistics) -> float`` from the stored statistics
    of any subset of units, float64 [units, columns], to the score of that subset, for corpus scores (BLEU, mAP, perplexity);
    without it the score of a subset is its mean.

    ``columns`` names the details of its evaluations that stand beside the score on the leaderboard, each with its heading.
    ``floor`` says what the ``floor`` in its evaluations' settings is the score of ("held-out real images"), if they have one.
    """

    id: str
    title: str
    needs: Ability
    consumes: Kind | None = None
    produces: Kind | None = None
    unit: str = "episode"
    pool: str | None = None
    score: Score
    evaluator: str
    protocols: Mapping[str, Mapping[str, Any]]
    default_protocol: str
    selection_protocol: str | None = None
    scene: str | None = None
    parameters: Mapping[str, Any] = {}
    suites: tuple[str, ...] = ()
    columns: Mapping[str, str] = {}
    floor: str = ""

    def __post_init__(self) -> None:
        if self.default_protocol not in self.protocols:
            raise ValueError(f"benchmark {self.id!r}: default protocol {self.default_protocol!r} is not among its protocols")
        if self.selection_protocol is not None and self.selection_protocol not in self.protocols:
            raise ValueError(f"benchmark {self.id!r}: selection protocol {self.selection_protocol!r} is not among its protocols")

    def protocol(self, name: str | None = None) -> tuple[str, Mapping[str, Any]]:
        """The named protocol (default: the benchmark's own) as its name and settings; raises UsageError."""
        name = name or self.default_protocol
        if name not in self.protocols:
            raise unknown(f"protocol of {self.id}", name, self.protocols)
        return name, self.protocols[name]

    def filled(self, values: Mapping[str, Any]) -> "Benchmark":
        """This record with the config fields in its id, title and parameters filled in."""
        if "{" not in self.id:
            return self
        parameters = {
            key: value.format_map(values) if isinstance(value, str) else value for key, value in self.parameters.items()
        }
        return msgspec.structs.replace(
            self, id=self.id.format_map(values), title=self.title.format_map(values), parameters=parameters
        )
