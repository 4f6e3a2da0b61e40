"""Errors that a user reads: one line of what went wrong, one of what to do."""

import shlex
from collections.abc import Iterable
from difflib import get_close_matches


class LabError(Exception):
    """Something that the user can put right. Shown without a traceback; exit code 1.

    ``message`` says what was wrong and what was expected, ``hint`` the nearest valid choice or command.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message} {hint}")
        self.message = message
        self.hint = hint


class UsageError(LabError):
    """The command was asked for something that does not exist or does not fit; exit code 2."""

    exit_code = 2


def printable(text: str) -> str:
    """Text that can be printed: control characters and half surrogates as escapes, but line ends and tabs as they are.

    An escape sequence in a name or message would otherwise reach the terminal, which obeys it.
    """
    return "".join(letter if letter.isprintable() or letter in "\n\t" else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def word(text: object) -> str:
    """Text as one word of a shell command: a path or id in a hint, with quotes where it needs them."""
    return shlex.quote(str(text))


def nearest(word: str, choices: Iterable[str], *, count: int = 3) -> list[str]:
    """The ``count`` choices closest to ``word``, the closest first; parts of ids count too."""
    ordered = sorted(set(choices))
    found = get_close_matches(word, ordered, n=count, cutoff=0.5)
    found += [choice for choice in ordered if word and word.lower() in choice.lower() and choice not in found]
    return found[:count]


def unknown(what: str, word: str, choices: Iterable[str]) -> UsageError:
    """The error for a name that is not among ``choices``: names the nearest, and all when they are few.

    ``what`` is what the name should be of: "task", or "preset of TASK".
    """
    ordered = sorted(set(choices))
    close = nearest(word, ordered)
    hints = [f"Did you mean {' or '.join(close)}?"] if close else []
    if len(close) < len(ordered) <= 8:  # few enough to list
        hints.append(f"Choose one of {', '.join(ordered)}.")
    kind, of, owner = what.partition(" of ")
    missing = f"{owner} has no {kind}" if of and " " not in owner else f"There is no {what}"
    return UsageError(f"{missing} {word!r}.", " ".join(hints) or None)
