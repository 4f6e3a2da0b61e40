"""Texts for character models: five-character Tang poems, C source."""

import hashlib
import json
import re
from pathlib import Path

import sources

Columns = dict[str, list[str]]
POEMS = 20_500  # the last 500 of them for validation
LINES = 6  # of the longest poem that is kept
PIECE = 8_000  # characters of a piece of C source, at least
SOURCE = 3_600_000  # characters of C source that are kept

_LINE = re.compile(r"[\u3400-\u9fff]{5}，[\u3400-\u9fff]{5}[。？！]")
_BEGIN = re.compile(r"/\*{14} Begin file (\S+\.c) \*+/\n")


def tang_five(work: Path) -> Columns:
    """Poems of five-character lines from the Complete Tang Poems; those of the Three Hundred come last, for the test.

    A poem is left out of training where any of its lines stands in a poem of the test.
    """
    folder = sources.unpacked(sources.CHINESE_POETRY, work) / "package/dist/quantangshi"
    famous = {"\n".join(poem): (author, poem) for author, poem in _poems([folder / "唐诗三百首.json"])}
    test_lines = {line for _, poem in famous.values() for line in poem}
    others: dict[str, tuple[str, list[str]]] = {}
    for author, poem in _poems(sorted(folder.glob("poet.tang.*.json"))):
        if not test_lines.intersection(poem):
            others["\n".join(poem)] = (author, poem)
    mixed = sorted(others, key=_digest)[:POEMS]
    print(f"{len(famous)} poems for the test, {len(mixed):,} of {len(others):,} others")
    chosen = [*(others[text] for text in mixed), *famous.values()]
    return {"text": ["\n".join(poem) for _, poem in chosen], "author": [author for author, _ in chosen]}


def _poems(files: list[Path]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for file in files:
        for poem in json.loads(file.read_text(encoding="utf-8")):
            lines = poem["paragraphs"]
            if 2 <= len(lines) <= LINES and all(_LINE.fullmatch(line) for line in lines):
                found.append((poem["author"], lines))
    return found


def sqlite_c(work: Path) -> Columns:
    """Source files of SQLite in pieces that end where a function does; whole files for validation and test."""
    path = sources.unpacked(sources.SQLITE, work) / "package/deps/sqlite3/sqlite3.c"
    parts = _BEGIN.split(path.read_text(encoding="utf-8"))[1:]
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    kept: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    names: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    size = 0
    for name in sorted(files, key=_digest):
        text = files[name].split("/************** End of ")[0]
        if len(text) < PIECE or size + len(text) > SOURCE:
            continue
        size += len(text)
        share = int(_digest(name)[-4:], 16) % 100
        split = "test" if share < 10 else "validation" if share < 16 else "train"
        pieces = _pieces(text)
        kept[split] += pieces
        names[split] += [name] * len(pieces)
    print({split: (len(pieces), sum(map(len, pieces))) for split, pieces in kept.items()})
    return {
        "text": [piece for split in kept for piece in kept[split]],
        "file": [name for split in names for name in names[split]],
    }


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    lines: list[str] = []
    size = 0
    for line in text.strip("\n").splitlines(keepends=True):
        lines.append(line)
        size += len(line)
        if size >= PIECE and line == "}\n":
            found.append("".join(lines).strip("\n") + "\n")
            lines, size = [], 0
    rest = "".join(lines).strip("\n")
    return [*found, rest + "\n"] if rest else found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
