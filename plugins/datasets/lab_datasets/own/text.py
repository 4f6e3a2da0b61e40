"""Plain text: one file, or a folder of .txt files (an item each).

One file is split by position: the first part for training, then validation, then test. A folder's files are split by a hash of
their names, or by folders train, validation and test.
"""

from pathlib import Path
from typing import Any

from lab_core.data import Examination
from lab_core.errors import LabError, word
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.layout import SPLIT_NAMES, walk
from lab_datasets.own.decoder import report
from lab_datasets.own.reading import read_text
from lab_datasets.splits import SPLITS, by_hash, by_position, parts_of, spans

KINDS = ("text",)
SUFFIXES = (".txt", ".text", ".md", ".c", ".h", ".py")
_SPLIT_FILES = {f"{name}{suffix}": split for name, split in SPLIT_NAMES.items() for suffix in (".txt", ".text")}
_LEAST = 1_000  # characters


def recognise(path: Path) -> str | None:
    if path.is_file():
        return "one text" if path.suffix.lower() in (*SUFFIXES, "") else None
    return ("split texts" if _split_files(path) else "folder of texts") if files(path) else None


def files(path: Path) -> list[Path]:
    """The text files of a folder in the order of their names."""
    return [file for file in walk(path) if file.suffix.lower() in SUFFIXES] if path.is_dir() else []


def _split_files(path: Path) -> dict[str, Path]:
    """``train.txt`` with ``valid.txt`` or ``test.txt``: split -> file; empty where the folder holds something else."""
    found = {_SPLIT_FILES[file.name.lower()]: file for file in files(path) if file.name.lower() in _SPLIT_FILES}
    return found if "train" in found and len(found) > 1 and len(files(path)) == len(found) else {}


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """One text of the split, or the texts of its files. Files that are not UTF-8 are left out of a folder with a line."""
    if path.is_file() or (split_files := _split_files(path)):
        if path.is_file():
            text = read_text(path)
            cut = by_position(len(text), validation=options.validation, test=options.test)
            texts = ["".join(text[span] for span in spans("+".join(parts_of(split)), cut))]
            total = len(text)
        else:
            texts = [read_text(split_files[name]) for name in parts_of(split) if name in split_files]
            total = sum(map(len, texts))
        if not texts or not all(text.strip() for text in texts):
            raise LabError(f"{path} holds no text for split {split}.", f"lab data check {word(path)}")
        return Columns({"text": texts}, {"text": "input"}, kind="text", data=str(path)), max(FEWEST, total)
    chosen = files(path)
    problems: dict[str, str] = {}
    texts, assigned = [], _assigned(path, chosen, options.validation, options.test)
    for file, name in zip(chosen, assigned, strict=True):
        if name in parts_of(split):
            try:
                text = read_text(file)
                if not text.strip():
                    raise LabError("empty file")
                texts.append(text)
            except LabError as error:
                problems[str(file.relative_to(path))] = error.message
    report(path, problems)
    if not texts:
        raise LabError(f"{path} holds no text that can be used (split {split}).", f"lab data check {word(path)}")
    columns = Columns({"text": texts}, {"text": "input"}, kind="text", data=str(path), left_out=problems)
    return columns, max(FEWEST, len(chosen)) if len(chosen) >= len(SPLITS) else len(chosen)


def _assigned(path: Path, chosen: list[Path], validation: float, test: float) -> list[str]:
    tops = [file.relative_to(path).parts[0].lower() for file in chosen]
    if "train" in tops and all(top in SPLIT_NAMES for top in tops):
        return [SPLIT_NAMES[top] for top in tops]
    return [str(name) for name in by_hash([str(file.relative_to(path)) for file in chosen], validation=validation, test=test)]


def examine(path: Path) -> Examination:
    """Characters, words, distinct characters, and files that can't be used."""
    chosen = [path] if path.is_file() else files(path)
    problems: dict[str, str] = {}
    texts: list[str] = []
    for file in chosen:
        try:
            text = read_text(file)
            if not text.strip():
                raise LabError("empty file")
            texts.append(text)
        except LabError as error:
            problems[file.name if path.is_file() else str(file.relative_to(path))] = str(error)
    whole = "".join(texts)
    facts = {
        "texts": f"{len(texts):,}",
        "characters": f"{len(whole):,}, {len(set(whole)):,} different",
        "words": f"{len(whole.split()):,}",
    }
    advice: list[str] = []
    if len(whole) < 100_000:
        advice.append(f"{len(whole):,} characters are few: a character model wants a million.")
    if "\ufffd" in whole:
        advice.append(f"{whole.count(chr(0xFFFD)):,} replacement characters: the text was decoded wrongly before it was saved.")
    usable = len(whole) >= _LEAST and (path.is_file() or bool(_split_files(path)) or len(texts) >= len(SPLITS))
    if not usable:
        advice.append(f"At least {_LEAST:,} characters are needed, in one file or in three or more.")
    layout = recognise(path) or "nothing"
    return Examination(
        layout=layout, facts=facts, problems=problems, advice=(*advice, f"Use it: --set data={path}"), usable=usable
    )
