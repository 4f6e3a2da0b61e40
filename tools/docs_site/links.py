"""Links of the pages: relative to the file in the repository, as a code host reads them, and relative to the page on the site.

A file of docs/ keeps its name on the site; README.md is the first page; any other file that a page links to is copied to
``repository/`` under its path.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")
_CODE = re.compile(r"^```.*?^```|^ {4}[^\n]*$|`(?:[^`\n]|\n(?!\n))+`", flags=re.S | re.M)
START = "README.md"


def links_of(text: str) -> Iterator[tuple[str, str]]:
    """The targets in this repository of a page's links and pictures, each with its anchor; code is left out."""
    for found in LINK.finditer(_CODE.sub("", text)):
        if "://" not in found[1] and not found[1].startswith("mailto:"):
            yield found[1], found[2] or ""


def linked_files() -> list[str]:
    """README.md and the paths outside docs/ that it, the pages of docs/ and the pages found on the way link to, each once."""
    waiting = [START, *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md")))]
    found = {START: None}
    while waiting:
        source = waiting.pop()
        for target, _ in links_of((ROOT / source).read_text()):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            if path in found or path.startswith(("docs/", "..")) or not (ROOT / path).exists():
                continue
            found[path] = None
            if path.endswith(".md"):
                waiting.append(path)
    return list(found)


def place_of(path: str) -> str:
    """Where a path of the repository stands on the site: ``docs/dqn.md`` at ``dqn.md``."""
    if path == START:
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    name = posixpath.basename(path)
    if name == START:
        return f"repository/{posixpath.dirname(path)}/index.md"
    return f"repository/{path}" + (".md" if (ROOT / path).is_dir() else "" if "." in name else ".txt")


def rewritten(text: str, source: str, place: str) -> str:
    """The text of the repository's page ``source``, at ``place`` on the site, with its links as they are there."""
    folder, here = posixpath.dirname(source), posixpath.dirname(place)

    def moved(found: re.Match[str]) -> str:
        if "://" in found[1] or found[1].startswith("mailto:"):
            return found[0]
        path = posixpath.normpath(posixpath.join(folder, found[1]))
        return posixpath.relpath(place_of(path), here or ".") + (found[2] or "")

    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts += [LINK.sub(moved, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, LINK.sub(moved, text[end:])])
