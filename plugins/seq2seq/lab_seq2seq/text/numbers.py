"""Whole numbers from 0 to 999,999 as words, in English, German, French, Vietnamese and Chinese.

    spell(4821, "de")      # "viertausendachthunderteinundzwanzig"

Rules: English without "and", tens and units joined by a hyphen; German as one word; French as in France, spelling of before
1990; Vietnamese with nghìn, linh, mười, mươi, mốt and lăm; Chinese in simplified characters, with 零 for gaps.
"""

from collections.abc import Callable

from lab_core.errors import unknown

LARGEST = 999_999


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ENGLISH = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen"
)
_ENGLISH_TENS = _words("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
_GERMAN = _words(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn"
    " neunzehn"
)
_GERMAN_TENS = _words("null zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FRENCH = _words(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
)
_FRENCH_TENS = _words("zéro dix vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
_VIETNAMESE = _words("không một hai ba bốn năm sáu bảy tám chín")
_CHINESE = "零一二三四五六七八九"


def spell(number: int, language: str) -> str:
    """The words of a number, 0 to 999,999; raises UsageError for a language that isn't among ``LANGUAGES``."""
    if language not in LANGUAGES:
        raise unknown("language of numbers", language, LANGUAGES)
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is out of range; 0 to {LARGEST:,} is expected")
    return LANGUAGES[language](number)


def _english(n: int) -> str:
    if n < 20:
        return _ENGLISH[n]
    if n < 100:
        return _ENGLISH_TENS[n // 10] + (f"-{_ENGLISH[n % 10]}" if n % 10 else "")
    size, word = (1000, "thousand") if n >= 1000 else (100, "hundred")
    return f"{_english(n // size)} {word}" + (f" {_english(n % size)}" if n % size else "")


def _german(n: int, *, end: bool = True) -> str:
    """``end``: nothing follows, so that a final 1 is written eins."""
    if n == 1:
        return "eins" if end else "ein"
    if n < 20:
        return _GERMAN[n]
    if n < 100:
        return (f"{_GERMAN[n % 10]}und" if n % 10 else "") + _GERMAN_TENS[n // 10]
    size, word = (1000, "tausend") if n >= 1000 else (100, "hundert")
    return _german(n // size, end=False) + word + (_german(n % size, end=end) if n % size else "")


def _french(n: int, *, end: bool = True) -> str:
    """``end``: nothing follows, so that cent and quatre-vingt take their plural s."""
    if n < 20:
        return _FRENCH[n]
    if n < 100:
        tens, rest = n // 10, n % 10
        if tens in (7, 9):
            rest += 10
        if n == 80:
            return "quatre-vingts" if end else "quatre-vingt"
        if rest == 0:
            return _FRENCH_TENS[tens]
        return _FRENCH_TENS[tens] + (" et " if rest in (1, 11) and tens < 8 else "-") + _FRENCH[rest]
    if n < 1000:
        hundreds, rest = divmod(n, 100)
        word = "cent" if hundreds == 1 else f"{_FRENCH[hundreds]} cent"
        if rest == 0:
            return word + ("s" if hundreds > 1 and end else "")
        return f"{word} {_french(rest, end=end)}"
    thousands, rest = divmod(n, 1000)
    word = "mille" if thousands == 1 else f"{_french(thousands, end=False)} mille"
    return word + (f" {_french(rest)}" if rest else "")


def _vietnamese(n: int) -> str:
    if n < 1000:
        return _vietnamese_group(n, full=False)
    thousands, rest = divmod(n, 1000)
    return f"{_vietnamese_group(thousands, full=False)} nghìn" + (f" {_vietnamese_group(rest, full=True)}" if rest else "")


def _vietnamese_group(n: int, *, full: bool) -> str:
    """0 to 999; ``full`` names the hundreds although they are none."""
    words: list[str] = []
    hundreds, tens, units = n // 100, n // 10 % 10, n % 10
    if hundreds or full:
        words += [_VIETNAMESE[hundreds], "trăm"]
    if tens == 0:
        if units or not words:
            words += (["linh"] if words else []) + [_VIETNAMESE[units]]
        return " ".join(words)
    words += ["mười"] if tens == 1 else [_VIETNAMESE[tens], "mươi"]
    if units:
        words.append({1: "mốt" if tens > 1 else "một", 5: "lăm"}.get(units, _VIETNAMESE[units]))
    return " ".join(words)


def _chinese(n: int) -> str:
    if n >= 10_000:
        high, rest = divmod(n, 10_000)
        gap = "零" if rest and rest < 1000 else ""
        return _chinese(high) + "万" + (gap + _chinese_group(rest) if rest else "")
    return _CHINESE[0] if n == 0 else _chinese_group(n).removeprefix("一") if 10 <= n < 20 else _chinese_group(n)


def _chinese_group(n: int) -> str:
    """1 to 9,999; tens keep their 一."""
    found, gap = "", False
    for size, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // size % 10
        if digit:
            found += ("零" if gap else "") + _CHINESE[digit] + word
            gap = False
        elif found:
            gap = True
    return found


LANGUAGES: dict[str, Callable[[int], str]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "vi": _vietnamese,
    "zh": _chinese,
}
