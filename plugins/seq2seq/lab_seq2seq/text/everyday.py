"""Everyday sentences in German and English, out of the dictionary of the program Ding.

Each line of the dictionary is an entry ``German | German :: English | English`` whose parts belong together one by one. The parts
that are whole sentences on both sides become pairs.
"""

import gzip
import re
import shutil
import zlib
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab_core.data import DataFile, DataSet, ready_folder
from lab_core.errors import LabError, UsageError
from lab_core.files import write_atomic

FILE = "de-en.txt.gz"
INSTALLED = Path("/usr/share/trans/de-en")  # where Debian's package trans-de-en puts the same file
FEWEST, MOST = 3, 25  # words of a side
_NOTES = re.compile(r"\s*(\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|<[^>]*>)")
_SENTENCE = re.compile(r"^[A-ZÄÖÜ„“”\"'’I].*[.!?][“”\"]?$")

CARD = DataSet(
    id="everyday-german",
    title="Everyday sentences, English and German",
    kind="text pairs",
    what=(
        "Example sentences of the dictionary of Ding, each beside its translation; about 19,000 pairs of 3 to 25 words. Split by"
        " dictionary entry. Taken from the package trans-de-en if that is installed, else downloaded; its sum is recorded then."
    ),
    origin="Ding, a dictionary look-up program, by Frank Richter, TU Chemnitz.",
    licence="GPL-2.0-or-later",
    notice="Copyright Frank Richter 1995 to 2023. GNU General Public License, version 2 or later.",
    shapes={"english": "list of n texts", "german": "list of n texts"},
    roles={"english": "input", "german": "target"},
    files=(DataFile(FILE, 0, "", f"https://ftp.tu-chemnitz.de/pub/Local/urz/ding/de-en/{FILE}"),),
    loader="lab_seq2seq.text.everyday:load",
    fetcher="lab_seq2seq.text.everyday:fetch",
    alternative="help-german",
)


def fetch(card: DataSet, folder: Path) -> None:
    """Take the file of the installed package, else download it; raises LabError where neither works."""
    from lab_datasets.download import fetch as download

    if INSTALLED.is_file() and not (folder / FILE).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        packed = folder / f"{FILE}.part"
        with INSTALLED.open("rb") as source, packed.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as target:
            shutil.copyfileobj(source, target)
        write_atomic(folder / FILE, packed.read_bytes())
        packed.unlink()
    try:
        download(card, folder)
    except LabError as error:
        package = "Debian's package trans-de-en has the same file; once it is installed, nothing is downloaded."
        raise LabError(error.message, " ".join(filter(None, (error.hint, package)))) from error


def load(card: DataSet, split: str) -> Any:
    """``english`` and ``german`` of "train", "validation", "test" or "all", in the order of the dictionary."""
    if split not in ("train", "validation", "test", "all"):
        raise UsageError(f"{card.id} has no split {split!r}.", "train, validation, test and all are there.")
    path = ready_folder(card) / FILE
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise LabError(f"{path} can't be read: {error}.", f"Delete it and run lab data fetch {card.id}.") from None
    found = [pair for entry in text.splitlines() if split in ("all", _part(entry)) for pair in sentences(entry)]
    unique = list(dict.fromkeys(found))
    return namedtuple("Columns", ("english", "german"))([english for english, _ in unique], [german for _, german in unique])


def _part(entry: str) -> str:
    """An entry's split, from a hash of it: 1 in 20 each for validation and test."""
    return {0: "validation", 1: "test"}.get(zlib.crc32(entry.encode()) % 20, "train")


def sentences(entry: str) -> Iterator[tuple[str, str]]:
    """English and German of the whole sentences of a dictionary entry; of several translations the first."""
    german, separator, english = entry.partition(" :: ")
    if not separator or entry.startswith("#"):
        return
    sides = [part.strip() for part in german.split(" | ")], [part.strip() for part in english.split(" | ")]
    if len(sides[0]) != len(sides[1]):
        return
    for left, right in zip(*sides, strict=True):
        pair = _plain(right), _plain(left)
        if all(_whole(text) for text in pair):
            yield pair


def _plain(text: str) -> str:
    """The first of several translations, without notes in brackets."""
    return _NOTES.sub("", text.partition(";")[0]).replace("’", "'").strip()


def _whole(text: str) -> bool:
    return " / " not in text and FEWEST <= len(text.split()) <= MOST and _SENTENCE.match(text) is not None
