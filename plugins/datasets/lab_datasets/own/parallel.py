"""Parallel text: ``train.en`` and ``train.de`` with a translation a line, and the same for dev and test.

Split names: train; dev, val, valid, validation, tst2012; test, tst2013. Of one pair of files (``talks.en``, ``talks.de``) the
splits are shares by a hash of the source line, so that equal source lines stay together.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lab_core.data import Examination
from lab_core.errors import LabError, word
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.decode import SUFFIXES
from lab_datasets.layout import SPLIT_NAMES
from lab_datasets.own.decoder import report
from lab_datasets.own.reading import TABLES, read_lines
from lab_datasets.splits import SPLITS, by_hash, missing_shares, parts_of

KINDS = ("text pairs",)
_NAMES = {**SPLIT_NAMES, "tst2012": "validation", "tst2013": "test"}
_LANGUAGE = re.compile(r"\.([a-z]{2,3}([-_][a-z0-9]{2,8})?|source|target|english|german|french|chinese|vietnamese|spanish)$")
_NO_LANGUAGE = {
    *SUFFIXES,
    *TABLES,
    ".npz",
    ".npy",
    ".json",
    ".jsonl",
    ".xml",
    ".md",
    ".zip",
    ".gz",
    ".py",
    ".html",
    ".js",
    ".ts",
    ".c",
    ".h",
    ".cc",
    ".log",
}


class Corpus(NamedTuple):
    """The two files of a split."""

    source: Path
    reference: Path


class Pairs(NamedTuple):
    """Sentence pairs of a split, and what was left out."""

    source: list[str]
    reference: list[str]
    problems: dict[str, str]


def recognise(path: Path) -> str | None:
    return "parallel text" if corpora(path) else None


def corpora(path: Path) -> dict[str, Corpus]:
    """Split -> its two files; one entry "" where they carry no split name. Empty where there are no two languages."""
    if not path.is_dir():
        return {}
    by_stem: dict[str, list[Path]] = {}
    for file in sorted(path.iterdir()):
        suffix = file.suffix.lower()
        if file.is_file() and not file.name.startswith(".") and 2 <= len(suffix) <= 9 and suffix not in _NO_LANGUAGE:
            by_stem.setdefault(file.stem, []).append(file)
    pairs = {stem: files for stem, files in by_stem.items() if len(files) == 2 and ".txt" not in {file.suffix for file in files}}
    found: dict[str, Corpus] = {}
    for stem, (one, other) in pairs.items():
        name = _NAMES.get(stem.lower())
        if name is not None:
            found[name] = _ordered(one, other)
    if "train" in found:
        return found
    if (
        len(pairs) != 1
        or len(by_stem) != 1
        or not all(_LANGUAGE.match(file.suffix.lower()) for file in next(iter(pairs.values())))
    ):
        return {}
    return {"": _ordered(*next(iter(pairs.values())))}


def languages(found: dict[str, Corpus]) -> tuple[str, str]:
    """Suffixes of source and reference, without the point."""
    first = next(iter(found.values()))
    return first.source.suffix[1:], first.reference.suffix[1:]


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """Source and reference texts of a split. English is the source where it is one of the two; a family can turn them round."""
    found = corpora(path)
    data = splits_of(found, validation=options.validation, test=options.test)
    parts = [data[name] for name in parts_of(split) if name in data]
    source = [text for part in parts for text in part.source]
    if not source:
        raise LabError(f"{path} holds no pair of lines for split {split}.", f"lab data check {word(path)}")
    problems = {name: why for part in data.values() for name, why in part.problems.items()}
    report(path, problems)
    names = languages(found)
    columns = Columns(
        {"source": source, "reference": [text for part in parts for text in part.reference]},
        {"source": "input", "reference": "target"},
        kind="text pairs",
        data=str(path),
        aliases=dict(zip(names, ("source", "reference"), strict=True)),
        left_out=problems,
    )
    return columns, sum(len(part.source) for part in data.values())


def splits_of(found: dict[str, Corpus], *, validation: float, test: float) -> dict[str, Pairs]:
    """Pairs by split. Missing splits are taken out of the training by a hash of the source line."""
    read = {name: pairs_of(corpus) for name, corpus in found.items()}
    training = read.pop("train", None) or read.pop("")
    assigned = by_hash(training.source, **missing_shares(read, validation=validation, test=test))
    result: dict[str, Pairs] = {}
    for name in SPLITS:
        if name in read:
            result[name] = read[name]
            continue
        places = [place for place, one in enumerate(assigned) if one == name]
        kept = ([training.source[place] for place in places], [training.reference[place] for place in places])
        result[name] = Pairs(*kept, training.problems if name == "train" else {})
    return result


def pairs_of(corpus: Corpus) -> Pairs:
    """Both files line by line; pairs with an empty side are left out and named. Raises LabError for unequal line counts."""
    source, reference = read_lines(corpus.source), read_lines(corpus.reference)
    if len(source) != len(reference):
        raise LabError(
            f"{corpus.source.name} has {len(source):,} lines and {corpus.reference.name} has {len(reference):,};"
            " a line of one is the translation of the same line of the other.",
            _first_gap(source, reference),
        )
    kept = [(one.strip(), other.strip()) for one, other in zip(source, reference, strict=True) if one.strip() and other.strip()]
    return Pairs([one for one, _ in kept], [other for _, other in kept], dict(_empty(corpus, source, reference)))


def examine(path: Path) -> Examination:
    """Lines, lengths, problems by file, and pairs that stand in two splits."""
    found = corpora(path)
    facts = {"languages": " and ".join(languages(found))}
    problems: dict[str, str] = {}
    advice: list[str] = []
    read: dict[str, Pairs] = {}
    for name, corpus in found.items():
        try:
            read[name] = pairs_of(corpus)
            problems.update(read[name].problems)
        except LabError as error:
            problems[f"{corpus.source.name}, {corpus.reference.name}"] = str(error)
    if len(read) == len(found):
        pairs = splits_of(found, validation=0.1, test=0.1)
        facts["pairs"] = ", ".join(f"{name} {len(part.source):,}" for name, part in pairs.items())
        for title, side in (("source", 0), ("reference", 1)):
            lengths = [len(text.split()) for part in read.values() for text in part[side]] or [0]
            facts[f"{title} words"] = f"{sum(lengths) / len(lengths):.1f} on average, at most {max(lengths):,}"
        training = set(pairs["train"].source)
        for name in ("validation", "test"):
            if shared := sum(text in training for text in pairs[name].source):
                advice.append(f"{shared:,} source lines of {name} stand in train too: the score will be too good.")
        same = sum(one == other for part in read.values() for one, other in zip(part.source, part.reference, strict=True))
        if same:
            advice.append(f"{same:,} pairs have equal sides: untranslated lines teach the model to copy.")
    count = sum(len(part.source) for part in read.values())
    usable = len(read) == len(found) and count >= FEWEST
    if len(read) < len(found):
        advice.append("Repair the files named above: a training would stop at them.")
    elif count < 5_000:
        advice.append(f"{count:,} pairs are few: translation needs some tens of thousands.")
    return Examination(
        layout="parallel text", facts=facts, problems=problems, advice=(*advice, f"Use it: --set data={path}"), usable=usable
    )


def _ordered(one: Path, other: Path) -> Corpus:
    """English first, else the order of the suffixes."""
    return Corpus(other, one) if other.suffix.lower() in (".en", ".english") else Corpus(one, other)


def _empty(corpus: Corpus, source: list[str], reference: list[str]) -> Iterator[tuple[str, str]]:
    for file, lines in ((corpus.source, source), (corpus.reference, reference)):
        places = [number + 1 for number, line in enumerate(lines) if not line.strip()]
        if places:
            shown = ", ".join(f"{place:,}" for place in places[:5])
            yield file.name, f"{len(places):,} empty lines ({shown}{' ...' if len(places) > 5 else ''}); their pairs are left out"


def _first_gap(source: list[str], reference: list[str]) -> str:
    """Where two files probably lose step: the first line that is empty in one of them alone."""
    for number, (one, other) in enumerate(zip(source, reference, strict=False), start=1):
        if bool(one.strip()) != bool(other.strip()):
            return f"The first line that is empty in one file only is {number:,}."
    return "The surplus lines may stand at the end of the longer file."
