"""Novels, poems and parallel help texts, as columns of text."""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import sources

Columns = dict[str, list[str]]
NOVELS = (  # the last two for validation and testing
    "SENSE AND SENSIBILITY",
    "PRIDE AND PREJUDICE",
    "MANSFIELD PARK",
    "EMMA",
    "NORTHANGER ABBEY",
    "PERSUASION",
)


def austen(work: Path) -> Columns:
    """Six novels by chapter, line breaks as printed."""
    path = sources.unpacked(sources.AUSTEN, work) / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    novels = {lines[0].upper(): lines for lines in _r_vectors(path.read_bytes())}
    columns: Columns = {"text": [], "novel": []}
    for title in NOVELS:
        chapters = _chapters(novels[title])
        print(title, len(chapters))
        columns["text"] += chapters
        columns["novel"] += [title.title()] * len(chapters)
    return columns


def _chapters(lines: list[str]) -> list[str]:
    """The text from each chapter's heading to the next one; what stands before the first is the title page."""
    heading = re.compile(r"chapter\s+(\d+|[ivxlc]+)\.?\s*$", re.IGNORECASE)
    starts = [number for number, line in enumerate(lines) if heading.match(line.strip())]
    ends = [*starts[1:], len(lines)]
    return ["\n".join(lines[start:end]).strip() + "\n" for start, end in zip(starts, ends, strict=True)]


def _r_vectors(data: bytes) -> Iterator[list[str]]:
    """The character vectors of an R data file: a length and a zlib stream each, serialised as XDR (R Internals, 1.8)."""
    while data:
        stream = zlib.decompressobj()
        content = stream.decompress(data[4:])
        data = stream.unused_data
        encoding = struct.unpack(">i", content[14:18])[0]
        position = 18 + encoding
        kind, count = struct.unpack(">ii", content[position : position + 8])
        if content[:2] != b"X\n" or kind & 0xFF != 16:
            raise SystemExit("the R data file holds something else than a character vector")
        position += 8
        lines: list[str] = []
        for _ in range(count):
            size = struct.unpack(">i", content[position + 4 : position + 8])[0]
            lines.append(content[position + 8 : position + 8 + size].decode())
            position += 8 + size
        yield lines


def tang(work: Path) -> Columns:
    """Three hundred Tang poems in simplified script; a blank-free line each verse."""
    path = sources.unpacked(sources.FORTUNES, work) / "usr/share/games/fortunes/tang300"
    poems: dict[str, tuple[str, str, str]] = {}
    for entry in re.sub(r"\x1b\[\d*m", "", path.read_text()).split("\n%"):
        lines = [line.strip() for line in entry.strip().splitlines() if line.strip()]
        if len(lines) < 3 or not lines[1].startswith("作者："):
            continue
        text = "\n".join(lines[2:])
        poems[text] = (lines[0].strip("《》"), lines[1].removeprefix("作者：").strip(), text)
    mixed = sorted(poems.values(), key=lambda poem: _digest(poem[2]))
    print(len(mixed), "poems")
    return {name: [poem[column] for poem in mixed] for column, name in enumerate(("title", "author", "text"))}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def help_texts(language: str, source: sources.Source, work: Path) -> Columns:
    """Sentences and short paragraphs of LibreOffice's help with 3 to 20 English words, split by page.

    A pair is the same paragraph id on the same page; one pair for each English text. Left out: what is not translated,
    and paragraphs whose wording depends on the system they are read on.
    """
    english = sources.unpacked(sources.HELP_ENGLISH, work) / "usr/share/libreoffice/help/en-US/text"
    (other,) = (sources.unpacked(source, work) / "usr/share/libreoffice/help").glob("*/text")
    parts: dict[str, list[tuple[str, str]]] = {"train": [], "validation": [], "test": []}
    seen: set[str] = set()
    for page in sorted(path.relative_to(english).as_posix() for path in english.rglob("*.html")):
        if not (other / page).is_file():
            continue
        mine, theirs = _paragraphs(english / page), _paragraphs(other / page)
        split = {0: "test", 1: "validation"}.get(int(_digest(page)[:8], 16) % 20, "train")
        for name, text in mine.items():
            pair = (text, theirs.get(name, ""))
            if text not in seen and 3 <= len(text.split()) <= 20 and _translated(*pair, language):
                seen.add(text)
                parts[split].append(pair)
    print(language, {name: len(pairs) for name, pairs in parts.items()})
    pairs = [pair for part in parts.values() for pair in part]
    return {"english": [pair[0] for pair in pairs], language: [pair[1] for pair in pairs]}


def _translated(english: str, other: str, language: str) -> bool:
    if not other or other == english:
        return False
    if language == "german":
        return len(set(english.lower().split()) & set(other.lower().split())) <= len(english.split()) / 2
    letters = [letter for letter in other if letter.isalpha()]
    foreign = sum(not letter.isascii() for letter in letters)
    return foreign >= (0.1 if language == "vietnamese" else 0.4) * len(letters)


class _Paragraphs(HTMLParser):
    """Text of each heading and paragraph that has an id; those with switched parts are dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._open: tuple[str, str] | None = None
        self._text: list[str] = []
        self._switched = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.get("id") or ""
        if re.fullmatch(r"p|h[1-6]", tag) and re.match(r"par_id|hd_id", name):
            self._open, self._text, self._switched = (tag, name), [], False
        elif tag in ("switch", "switchinline") or "switch" in (values.get("class") or "") or "hidden" in values:
            self._switched = True

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            text = " ".join("".join(self._text).split())
            if text and not self._switched:
                self.found[self._open[1]] = text
            self._open = None


def _paragraphs(path: Path) -> dict[str, str]:
    parser = _Paragraphs()
    parser.feed(path.read_text(encoding="utf-8", errors="replace"))
    return parser.found
