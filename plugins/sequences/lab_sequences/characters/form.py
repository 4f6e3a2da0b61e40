"""Whether a text has the form of what it was learnt from: Chinese verse, brackets of C."""

import re

_VERSE = re.compile(r"[\u3400-\u9fff]{5}，[\u3400-\u9fff]{5}[。？！]")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_NOT_CODE = re.compile(r'/\*.*?(\*/|\Z)|//[^\n]*|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'', re.DOTALL)


def verse_share(text: str) -> float:
    """Share of the lines that are two halves of five characters each with their punctuation, 0 to 1; 0 for no lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    return sum(bool(_VERSE.fullmatch(line)) for line in lines) / len(lines) if lines else 0.0


def brackets_balance(text: str) -> float:
    """1 where every bracket that closes has its partner, 0 otherwise; brackets that are open at the end are allowed.

    Comments, strings and character constants don't count. A text that begins inside one is judged from its beginning.
    """
    stack: list[str] = []
    for letter in _NOT_CODE.sub(" ", text):
        if letter in _PAIRS.values():
            stack.append(letter)
        elif letter in _PAIRS and (not stack or stack.pop() != _PAIRS[letter]):
            return 0.0
    return 1.0
