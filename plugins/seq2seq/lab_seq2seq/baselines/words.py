"""Words and punctuation of running text, for baselines: Chinese characters count as words."""

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:[-'’][^\W\u3400-\u9fff]+)*|[^\w\s]")
_CLOSING = set(".,;:!?%)]}»”。，；：！？）、」")
_OPENING = set("([{«“„（「")


def words(text: str) -> list[str]:
    """Words, single Chinese characters and punctuation marks, in order."""
    return _TOKEN.findall(text)


def join(tokens: Sequence[str]) -> str:
    """Running text: no space before closing and after opening punctuation, none between Chinese characters."""
    found = ""
    for token in tokens:
        tight = not found or token in _CLOSING or found[-1] in _OPENING or (_chinese(token[:1]) and _chinese(found[-1]))
        found += token if tight else f" {token}"
    return found


def _chinese(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
