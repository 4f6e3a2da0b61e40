"""Numbers as words: forms worked out from the languages' rules, and every number different from every other."""

import pytest
from lab_seq2seq.text.numbers import LANGUAGES, spell

from lab_core.errors import UsageError

FORMS = {
    "en": {
        0: "zero",
        13: "thirteen",
        40: "forty",
        105: "one hundred five",
        21_345: "twenty-one thousand three hundred forty-five",
    },
    "de": {
        1: "eins",
        21: "einundzwanzig",
        101: "einhunderteins",
        1_000: "eintausend",
        31_017: "einunddreißigtausendsiebzehn",
        200_001: "zweihunderttausendeins",
    },
    "fr": {
        21: "vingt et un",
        71: "soixante et onze",
        80: "quatre-vingts",
        81: "quatre-vingt-un",
        97: "quatre-vingt-dix-sept",
        200: "deux cents",
        203: "deux cent trois",
        1_000: "mille",
        80_000: "quatre-vingt mille",
    },
    "vi": {
        10: "mười",
        11: "mười một",
        15: "mười lăm",
        21: "hai mươi mốt",
        105: "một trăm linh năm",
        2_050: "hai nghìn không trăm năm mươi",
    },
    "zh": {10: "十", 12: "十二", 20: "二十", 105: "一百零五", 110: "一百一十", 10_010: "一万零一十", 100_000: "十万"},
}


@pytest.mark.parametrize(("language", "number"), [(language, number) for language in FORMS for number in FORMS[language]])
def test_forms(language, number):
    assert spell(number, language) == FORMS[language][number]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_numbers_have_the_same_words(language):
    assert len({spell(number, language) for number in range(20_000)}) == 20_000


def test_an_unknown_language_is_named():
    with pytest.raises(UsageError, match="xx"):
        spell(1, "xx")
