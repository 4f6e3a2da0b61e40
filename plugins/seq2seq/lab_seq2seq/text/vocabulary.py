"""Vocabularies: words, characters or SentencePiece pieces, each with the same four special tokens in front.

    vocabulary = learn("pieces", texts, size=2000)
    ids = vocabulary.encode("Opens the file.")      # list of int, without start and end
    vocabulary.decode(ids)                          # "Opens the file."

``words`` splits at white space and changes nothing else, as the source's programs do: such text has to be tokenised before.
``pieces`` and ``characters`` give back what went in, ``pieces`` with composed letters and single spaces.
"""

import base64
import io
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from lab_core.errors import LabError, UsageError

PAD, UNKNOWN, START, END = 0, 1, 2, 3
SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")
GIVEN_SPECIALS = SPECIALS[1:]  # the first three lines of a vocabulary file, as ``nmt`` writes it
Kind = Literal["pieces", "words", "characters"]


class Vocabulary(ABC):
    """Tokens with numbers. ``kind`` and ``state`` are what :func:`restore` needs."""

    kind: Kind

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def pieces(self, text: str) -> list[str]:
        """The tokens of a text, as they are shown."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens; UNKNOWN for those that aren't in the vocabulary."""

    @abstractmethod
    def decode(self, numbers: Iterable[int]) -> str:
        """The text of tokens; special tokens but UNKNOWN are left out."""

    @abstractmethod
    def token(self, number: int) -> str:
        """A token as it is shown."""

    @property
    @abstractmethod
    def state(self) -> Mapping[str, Any]:
        """JSON-able."""


class Listed(Vocabulary):
    """Words or characters: a list of tokens."""

    def __init__(self, kind: Literal["words", "characters"], tokens: Sequence[str]) -> None:
        if len(tokens) < 2:
            raise LabError(f"The vocabulary has {len(tokens)} token{'' if len(tokens) == 1 else 's'}; at least 2 are expected.")
        self.kind = kind
        self.tokens = [*SPECIALS, *tokens]
        self._numbers = {token: number for number, token in enumerate(self.tokens)}
        if len(self._numbers) < len(self.tokens):
            twice = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise LabError(f"The vocabulary lists {twice!r} twice.", "Each token may stand on one line only.")

    def __len__(self) -> int:
        return len(self.tokens)

    def pieces(self, text: str) -> list[str]:
        return text.split() if self.kind == "words" else list(text)

    def encode(self, text: str) -> list[int]:
        return [self._numbers.get(token, UNKNOWN) for token in self.pieces(text)]

    def decode(self, numbers: Iterable[int]) -> str:
        tokens = [self.tokens[number] for number in numbers if number not in (PAD, START, END)]
        return (" " if self.kind == "words" else "").join(tokens)

    def token(self, number: int) -> str:
        return self.tokens[number]

    @property
    def state(self) -> Mapping[str, Any]:
        return {"kind": self.kind, "tokens": self.tokens[len(SPECIALS) :]}


class Pieces(Vocabulary):
    """SentencePiece's byte-pair encoding, from the bytes of its model."""

    kind = "pieces"

    def __init__(self, model: bytes) -> None:
        import sentencepiece

        self._model = model
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise LabError(f"The vocabulary is no SentencePiece model: {str(error).splitlines()[0]}.") from None
        found = tuple(self._processor.IdToPiece(number) for number in range(len(SPECIALS)))
        if found != SPECIALS:
            raise LabError(f"The SentencePiece model starts with {' '.join(found)}; {' '.join(SPECIALS)} is expected.")

    def __len__(self) -> int:
        return int(self._processor.GetPieceSize())

    def pieces(self, text: str) -> list[str]:
        return list(self._processor.EncodeAsPieces(_tidy(text)))

    def encode(self, text: str) -> list[int]:
        return list(self._processor.EncodeAsIds(_tidy(text)))

    def decode(self, numbers: Iterable[int]) -> str:
        plain = [int(number) for number in numbers if number not in (PAD, START, END)]
        return str(self._processor.DecodeIds(plain))

    def token(self, number: int) -> str:
        return str(self._processor.IdToPiece(int(number)))

    @property
    def state(self) -> Mapping[str, Any]:
        return {"kind": self.kind, "model": base64.b64encode(self._model).decode()}


def _tidy(text: str) -> str:
    """Composed letters (NFC), one space for every run of white space.

    Nothing else: SentencePiece's own rule (NFKC) would write the Chinese comma as an ASCII one and an ellipsis as three dots.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def restore(state: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary whose ``state`` this is; raises LabError for a damaged one."""
    try:
        if state["kind"] == "pieces":
            return Pieces(base64.b64decode(state["model"], validate=True))
        if state["kind"] not in ("words", "characters"):
            raise LabError(f"The model's vocabulary is of the kind {state['kind']!r}, which this version doesn't know.")
        return Listed(state["kind"], [str(token) for token in state["tokens"]])
    except (KeyError, TypeError, ValueError) as error:
        raise LabError(f"The model's vocabulary is damaged: {error!r}.") from None


def learn(kind: Kind, texts: Sequence[str], *, size: int) -> Vocabulary:
    """A vocabulary of at most ``size`` tokens from texts, special tokens included.

    Words and characters are ordered by how often they occur, then alphabetically. Each digit is a piece. The same texts give the
    same vocabulary.
    """
    if kind == "pieces":
        return Pieces(_learn_pieces(texts, size))
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.split() if kind == "words" else text)
    for special in SPECIALS:
        counts.pop(special, None)
    ordered = sorted(counts, key=lambda token: (-counts[token], token))
    return Listed(kind, ordered[: size - len(SPECIALS)])


def _learn_pieces(texts: Sequence[str], size: int) -> bytes:
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=iter([tidy for text in texts if (tidy := _tidy(text))]),
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            hard_vocab_limit=False,
            character_coverage=0.9999,
            normalization_rule_name="identity",
            split_digits=True,
            add_dummy_prefix=True,
            pad_id=PAD,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            pad_piece=SPECIALS[PAD],
            unk_piece=SPECIALS[UNKNOWN],
            bos_piece=SPECIALS[START],
            eos_piece=SPECIALS[END],
            num_threads=1,
            max_sentence_length=100_000,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise LabError(f"No vocabulary of {size:,} pieces can be learnt from these texts: {reason}.", "Ask for fewer.") from None
    return model.getvalue()


def read_words(path: Path) -> Listed:
    """A vocabulary file as the program ``nmt`` reads it: a word a line, the first three of them <unk>, <s> and </s>.

    Raises UsageError when it is missing, not UTF-8, without its specials, or has less than two words.
    """
    from lab_seq2seq.text.files import read_lines

    lines = read_lines(path)
    while lines and not lines[-1].strip():
        lines.pop()
    if tuple(line.strip() for line in lines[:3]) != GIVEN_SPECIALS:
        found = " ".join(line.strip() for line in lines[:3])
        raise UsageError(
            f"{path} starts with {found!r}; the lines <unk>, <s> and </s> are expected first.", "Put them in front of the words."
        )
    empty = next((number for number, line in enumerate(lines, 1) if not line.strip()), None)
    if empty is not None:
        raise UsageError(f"{path}, line {empty}: empty; one word is expected.")
    try:
        return Listed("words", [line.strip() for line in lines[3:]])
    except LabError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from None


def unknown_share(vocabulary: Vocabulary, texts: Sequence[str]) -> float:
    """Share of the texts' tokens that the vocabulary hasn't got."""
    known = unknown = 0
    for text in texts:
        numbers = vocabulary.encode(text)
        known += len(numbers)
        unknown += numbers.count(UNKNOWN)
    return unknown / known if known else 0.0


def examine(vocabulary: Vocabulary, texts: Sequence[str], *, side: str, most: float) -> None:
    """Raises UsageError when more than the share ``most`` of a side's tokens are unknown; names case as the reason."""
    share = unknown_share(vocabulary, texts)
    if share <= most:
        return
    cased = unknown_share(vocabulary, [text.lower() for text in texts])
    hint = f"Raise unknown_limit above {share:.2f} to train all the same."
    if cased < 0.7 * share:
        hint = "In lower case far fewer are: the vocabulary and the text differ in case."
    raise UsageError(f"{share:.0%} of the {side}'s tokens are not in its vocabulary; at most {most:.0%} are accepted.", hint)
