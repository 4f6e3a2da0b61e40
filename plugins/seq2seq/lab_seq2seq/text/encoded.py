"""Pairs as padded arrays of token numbers, and the vocabularies that number them."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_seq2seq.config import TranslationConfig
from lab_seq2seq.text import vocabulary
from lab_seq2seq.text.pairs import Pairs
from lab_seq2seq.text.vocabulary import END, PAD, Vocabulary


class Vocabularies(msgspec.Struct, frozen=True):
    """Of source and target; the same object where they share one."""

    source: Vocabulary
    target: Vocabulary

    @property
    def about(self) -> dict[str, Any]:
        """JSON-able; :meth:`restored` reads it."""
        shared = self.source is self.target
        return {"source": dict(self.source.state), "target": None if shared else dict(self.target.state)}

    @staticmethod
    def restored(about: Any) -> "Vocabularies":
        try:
            source, target = about["source"], about["target"]
        except (KeyError, TypeError):
            raise LabError("The model's vocabularies are missing.") from None
        first = vocabulary.restore(source)
        return Vocabularies(first, first if target is None else vocabulary.restore(target))


def make_vocabularies(config: TranslationConfig, pairs: Pairs) -> Vocabularies:
    """Given files, files of the user's folder (vocab.SRC, vocab.TGT, for words), or learnt from the training pairs; checked."""
    files = _given(config)
    if files is not None:
        found = Vocabularies(*(vocabulary.read_words(file) for file in files))
    else:
        sizes = {"size": config.vocabulary_size}
        if config.shared_vocabulary:
            shared = vocabulary.learn(config.tokens, pairs.source + pairs.target, **sizes)
            found = Vocabularies(shared, shared)
        else:
            sides = (pairs.source, pairs.target)
            found = Vocabularies(*(vocabulary.learn(config.tokens, side, **sizes) for side in sides))
    vocabulary.examine(found.source, pairs.source, side="source", most=config.unknown_limit)
    vocabulary.examine(found.target, pairs.target, side="target", most=config.unknown_limit)
    return found


def _given(config: TranslationConfig) -> tuple[Path, Path] | None:
    if config.src_vocabulary:
        return Path(config.src_vocabulary).expanduser(), Path(config.tgt_vocabulary).expanduser()
    folder = Path(config.data)
    if folder.is_absolute() and config.tokens == "words" and not config.shared_vocabulary:
        files = folder / f"vocab.{config.src}", folder / f"vocab.{config.tgt}"
        if all(file.is_file() for file in files):
            return files
    return None


class Encoded(msgspec.Struct, frozen=True):
    """source, target: int32 [pairs, width], each row its tokens, END, then PAD. ``left_out``: pairs that were too long."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    left_out: int

    @property
    def sides(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self.source, self.target


def encode(vocabularies: Vocabularies, pairs: Pairs, longest: int) -> Encoded:
    """All pairs with at most ``longest`` tokens a side, END included; raises LabError when none is left."""
    source = [[*vocabularies.source.encode(text), END] for text in pairs.source]
    target = [[*vocabularies.target.encode(text), END] for text in pairs.target]
    kept = [n for n in range(len(pairs)) if len(source[n]) <= longest and len(target[n]) <= longest]
    if not kept:
        raise LabError(f"Every pair has more than {longest} tokens on one side.", "Raise longest.")
    return Encoded(pad([source[n] for n in kept]), pad([target[n] for n in kept]), len(pairs) - len(kept))


def pad(rows: list[list[int]], multiple: int = 1) -> NDArray[np.int32]:
    """Rows as int32 [n, longest], filled up with PAD; the width is a multiple of ``multiple``."""
    width = -(-max(len(row) for row in rows) // multiple) * multiple
    found = np.full((len(rows), width), PAD, np.int32)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found
