"""Baselines of translation: copy the source, the nearest training pair, a dictionary word by word."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Apply, Kind, Model
from lab_seq2seq.baselines.dictionary import Dictionary
from lab_seq2seq.baselines.nearest import Nearest
from lab_seq2seq.config import PairConfig
from lab_seq2seq.text.pairs import load

FILE = "baseline.json"


class BaselineModel(Model, Apply):
    """Made from the training pairs of a config each time it is opened; on disk it is the config alone."""

    consumes = Kind.TEXT
    produces = Kind.TEXT

    def __init__(self, config: PairConfig) -> None:
        self.config = config

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        assert isinstance(config, PairConfig)
        return cls(config)

    @abstractmethod
    def translated(self, text: str) -> str:
        """The translation of one text."""

    def apply(self, items: Iterable[str], options: Config) -> Iterator[str]:
        for text in items:
            yield self.translated(text)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(to_dict(self.config)))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            config = from_dict(PairConfig, json.loads((folder / FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from None
        return cls(config)


class CopyModel(BaselineModel):
    """The source as it is: names, numbers and commands are often right."""

    def translated(self, text: str) -> str:
        return text


class NearestModel(BaselineModel):
    """The translation of the training source that is most like the text."""

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        pairs = load(config, "train")
        self._nearest, self._targets = Nearest(pairs.source), pairs.target

    def translated(self, text: str) -> str:
        return self._targets[self._nearest.find(text)]


class DictionaryModel(BaselineModel):
    """Each word by its most probable translation, in the order of the source."""

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        pairs = load(config, "train")
        self._dictionary = Dictionary(pairs.source, pairs.target)

    def translated(self, text: str) -> str:
        return self._dictionary.translate(text)
