"""Pairs of texts: the shipped help texts, numbers and their words, and the user's own files."""

import random
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from lab_core.errors import UsageError
from lab_seq2seq.config import DIRECTIONS, PairConfig
from lab_seq2seq.text.files import read_lines
from lab_seq2seq.text.numbers import spell

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
FILES: dict[Split, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("dev", "validation", "valid", "tst2012"),
    "test": ("test", "tst2013"),
}
SHUFFLE = 20261129  # the seed of fixed shuffles: of the numbers, of the user's own pairs
NUMBERS = 100_000  # numbers from 0 to below this are learnt
HELD_NUMBERS = 1_000


class Pairs(msgspec.Struct, frozen=True):
    """Source and target texts of equal length, and how many lines were left out because a side was empty."""

    source: list[str]
    target: list[str]
    empty: int = 0

    def __len__(self) -> int:
        return len(self.source)


def load(config: PairConfig, split: Split) -> Pairs:
    """The pairs of a split, always the same ones in the same order; ``limit`` applies to the training pairs."""
    pairs = _load(config.data, config.src, config.tgt, split, config.held_out)
    if split == "train" and config.limit and config.limit < len(pairs):
        chosen = sorted(random.Random(SHUFFLE).sample(range(len(pairs)), config.limit))
        pairs = Pairs([pairs.source[i] for i in chosen], [pairs.target[i] for i in chosen], pairs.empty)
    return pairs


@cache
def _load(data: str, src: str, tgt: str, split: Split, held_out: float) -> Pairs:
    if data == "help":
        return _columns(f"help-{DIRECTIONS[tgt if src == 'en' else src]}", split, turned=src != "en")
    if data == "everyday":
        return _columns("everyday-german", split, turned=src != "en")
    if data == "numbers":
        return _numbers(src, tgt, split)
    return _files(Path(data), src, tgt, split, held_out)


def _columns(name: str, split: Split, *, turned: bool) -> Pairs:
    from lab_datasets import load as load_columns

    first, second = load_columns(name, split)[:2]
    return Pairs(list(second), list(first)) if turned else Pairs(list(first), list(second))


def _numbers(src: str, tgt: str, split: Split) -> Pairs:
    """1,000 numbers each for validation and test; the others, below 100,000, are trained on.

    Numbers below 100 are always trained on. Short ones are few: those below 10, 100, 1,000 come 1,000, 100, 10 times as often.
    """
    language, turned = (src, True) if tgt == "num" else (tgt, False)
    order = list(range(100, NUMBERS))
    random.Random(SHUFFLE).shuffle(order)
    parts = {"test": order[:HELD_NUMBERS], "validation": order[HELD_NUMBERS : 2 * HELD_NUMBERS]}
    parts["train"] = [*range(100), *order[2 * HELD_NUMBERS :]]
    if split == "train":
        parts["train"] = [n for n in parts["train"] for _ in range(max(1, 1000 // 10 ** (len(str(n)) - 1)))]
    digits, words = [str(n) for n in parts[split]], [spell(n, language) for n in parts[split]]
    return Pairs(words, digits) if turned else Pairs(digits, words)


def _files(folder: Path, src: str, tgt: str, split: Split, held_out: float) -> Pairs:
    found = {name: _pair_of(folder, name, src, tgt) for name in SPLITS}
    if found["train"] is None:
        have = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file())[:8]) or "no files"
        raise UsageError(f"{folder} has no train.{src} and train.{tgt} (it has {have}).", "One sentence a line, UTF-8.")
    own = found[split]
    missing = [name for name in SPLITS if found[name] is None]
    if own is not None and split != "train":
        return _read(*own)
    pairs = _read(*found["train"])
    if not missing:
        return pairs
    # splits that the user doesn't bring are cut off a fixed shuffle of the training pairs; equal sources stay together
    groups: dict[str, list[int]] = {}
    for number, source in enumerate(pairs.source):
        groups.setdefault(source, []).append(number)
    order = list(groups.values())
    random.Random(SHUFFLE).shuffle(order)
    each = max(1, round(held_out * len(order)))
    if each * len(missing) >= len(order):
        raise UsageError(f"{folder} has {len(order)} different training sources; too few to keep some for validation and test.")
    parts = {name: order[number * each : (number + 1) * each] for number, name in enumerate(missing)}
    parts["train"] = order[len(missing) * each :]
    chosen = sorted(number for group in parts[split] for number in group)
    return Pairs([pairs.source[i] for i in chosen], [pairs.target[i] for i in chosen], pairs.empty)


def _pair_of(folder: Path, split: Split, src: str, tgt: str) -> tuple[Path, Path] | None:
    for stem in FILES[split]:
        sides = folder / f"{stem}.{src}", folder / f"{stem}.{tgt}"
        there = [side.is_file() for side in sides]
        if all(there):
            return sides
        if any(there):
            have, lack = sides if there[0] else sides[::-1]
            raise UsageError(f"{have} has no {lack.name} beside it.", f"Both sides are expected in {folder}.")
    return None


def _read(source: Path, target: Path) -> Pairs:
    sides = read_lines(source), read_lines(target)
    if len(sides[0]) != len(sides[1]):
        raise UsageError(
            f"{source.name} has {len(sides[0]):,} lines, {target.name} {len(sides[1]):,}.",
            "Line n of both belong together.",
        )
    kept = [(a.strip(), b.strip()) for a, b in zip(*sides, strict=True) if a.strip() and b.strip()]
    if not kept:
        raise UsageError(f"{source} and {target} hold no pair without an empty side.")
    return Pairs([a for a, _ in kept], [b for _, b in kept], len(sides[0]) - len(kept))
