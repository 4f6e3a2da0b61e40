"""The cards of the embedded texts, time series and labelled sequences."""

from lab_core.data import DataSet
from lab_datasets.sums import FILES

_ARRAYS = "lab_datasets.arrays:load"


def _help(language: str, package: str, train: int, validation: int, test: int) -> DataSet:
    return DataSet(
        id=f"help-{language}",
        title=f"Help texts, English and {language.title()}",
        kind="text pairs",
        what=(
            "Headings and paragraphs of LibreOffice's help with 3 to 20 English words, each beside its translation; one pair"
            " for each English text, split by page. Technical prose: no everyday speech."
        ),
        origin=f"Debian's libreoffice-help-en-us and {package} 7.4.7.",
        licence="MPL-2.0",
        notice="Copyright the LibreOffice contributors. Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/.",
        shapes={"english": "list of n texts", language: "list of n texts"},
        roles={"english": "input", language: "target"},
        splits={"train": train, "validation": validation, "test": test},
        folder=f"lab_datasets:data/help-{language}",
        files=FILES[f"help-{language}"],
        loader=_ARRAYS,
    )


TEXTS = (
    DataSet(
        id="austen",
        title="Six novels by Jane Austen",
        kind="text",
        what=(
            "Sense and Sensibility, Pride and Prejudice, Mansfield Park, Emma for training, Northanger Abbey for validation,"
            " Persuasion for testing; an item is a chapter with its line breaks. Four million characters."
        ),
        origin="Project Gutenberg's texts, as in Debian's r-cran-janeaustenr 1.0.0-1.",
        licence="public domain",
        notice="The collection: MIT licence, Julia Silge. The novels (1811 to 1818) are in the public domain.",
        shapes={"text": "list of n texts", "novel": "list of n texts"},
        splits={"train": 214, "validation": 31, "test": 24},
        folder="lab_datasets:data/austen",
        files=FILES["austen"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="tang",
        title="Tang poems in Chinese",
        kind="text",
        what="The anthology Three Hundred Tang Poems (compiled in 1763), simplified script, a line for each printed line.",
        origin="Debian's fortunes-zh 2.98.",
        licence="public domain",
        notice="The poems are in the public domain; the package that they were taken from is GPL-3+ (Yu Guanghui and others).",
        shapes={"title": "list of n texts", "author": "list of n texts", "text": "list of n texts"},
        splits={"train": 251, "validation": 31, "test": 31},
        folder="lab_datasets:data/tang",
        files=FILES["tang"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="tang-five",
        title="Tang poems of five-character lines, in Chinese",
        kind="text",
        what=(
            "Poems of two to six lines from the Complete Tang Poems, traditional script, each line two halves of five characters."
            " For the test those of the anthology Three Hundred Tang Poems; no line of theirs stands in training."
        ),
        origin="npm package chinese-poetry 2.0.1.",
        licence="MIT",
        notice="Copyright 2016 JackeyGao, MIT licence, its text in NOTICES.md. The poems are in the public domain.",
        shapes={"text": "list of n texts", "author": "list of n texts"},
        splits={"train": 20_000, "validation": 500, "test": 155},
        folder="lab_datasets:data/tang-five",
        files=FILES["tang-five"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="sqlite-c",
        title="C source of SQLite",
        kind="text",
        what=(
            "Source files of SQLite 3 in pieces of about 8,000 characters that end where a function does; validation and test"
            " are files of their own. Three and a half million characters."
        ),
        origin="The amalgamation sqlite3.c in the npm package better-sqlite3 12.11.1.",
        licence="public domain",
        notice="SQLite is in the public domain, https://sqlite.org/copyright.html.",
        shapes={"text": "list of n texts", "file": "list of n texts"},
        splits={"train": 268, "validation": 14, "test": 71},
        folder="lab_datasets:data/sqlite-c",
        files=FILES["sqlite-c"],
        loader=_ARRAYS,
    ),
    _help("german", "libreoffice-help-de", 18_721, 876, 649),
    _help("chinese", "libreoffice-help-zh-cn", 12_659, 618, 345),
    _help("vietnamese", "libreoffice-help-vi", 8_899, 463, 236),
)


def _series(data_id: str, title: str, what: str, origin: str, names: tuple[str, ...], count: int) -> DataSet:
    held_out = count * 15 // 100
    return DataSet(
        id=data_id,
        title=title,
        kind="series",
        what=f"{what} Split in time: the last 15 % for testing, 15 % before for validation.",
        origin=origin,
        licence="public domain",
        shapes={"time": "datetime64 [n]", "values": f"float32 [n, {len(names)}]"},
        roles={"time": "time", "values": "input"},
        value_names=names,
        splits={"train": count - 2 * held_out, "validation": held_out, "test": held_out},
        folder=f"lab_datasets:data/{data_id}",
        files=FILES[data_id],
        loader=_ARRAYS,
    )


_STATSMODELS = "as in the Python package statsmodels 0.15.0"
_VEGA = "NOAA, as in the Python package vega-datasets 0.9.0."
SERIES = (
    _series(
        "sunspots",
        "Sunspots, yearly, 1700 to 2008",
        "Mean number in a year.",
        f"NOAA's SOLAR data, {_STATSMODELS}.",
        ("sunspots",),
        309,
    ),
    _series(
        "co2",
        "Carbon dioxide at Mauna Loa, weekly, 1958 to 2001",
        "Parts per million; weeks without a measurement are NaN.",
        f"Keeling and Whorf, Scripps, {_STATSMODELS}.",
        ("co2",),
        2_284,
    ),
    _series(
        "el-nino",
        "Sea surface temperature off Peru, monthly, 1950 to 2010",
        "Degrees Celsius in the region Nino 1+2.",
        f"NOAA ERSST.V3B, {_STATSMODELS}.",
        ("temperature",),
        732,
    ),
    _series(
        "seattle-weather",
        "Weather in Seattle, daily, 2012 to 2015",
        "Precipitation (mm), highest and lowest temperature (Celsius), wind (m/s).",
        _VEGA,
        ("precipitation", "temp_max", "temp_min", "wind"),
        1_461,
    ),
    _series(
        "hourly-temperature",
        "Temperature in Seattle and San Francisco, hourly, 2010",
        "Degrees Fahrenheit, normals for the hour.",
        _VEGA,
        ("seattle", "san_francisco"),
        8_759,
    ),
)
SEQUENCES = (
    DataSet(
        id="japanese-vowels",
        title="Japanese vowels: nine speakers, 12 values a step",
        kind="sequences",
        what=(
            "640 times the vowels /ae/, spoken by nine men: 7 to 29 steps of 12 LPC cepstrum coefficients. The class is"
            " the speaker. The official 270 training utterances, the last six of each speaker kept for validation, and the"
            " official test ones."
        ),
        origin=(
            "Kudo, Toyama, Shimbo 1999 (Pattern Recognition Letters 20), UCI Machine Learning Repository, as in the Python"
            " package aeon 1.6.0."
        ),
        licence="CC BY 4.0",
        notice="Japanese Vowels by Mineichi Kudo, Jun Toyama and Masaru Shimbo, UCI Machine Learning Repository, CC BY 4.0.",
        shapes={"series": "list of n float32 [t, 12]", "label": "uint8 [n]"},
        roles={"series": "input", "label": "label"},
        value_names=tuple(f"c{number}" for number in range(1, 13)),
        splits={"train": 216, "validation": 54, "test": 370},
        classes=tuple(f"speaker {number}" for number in range(1, 10)),
        folder="lab_datasets:data/japanese-vowels",
        files=FILES["japanese-vowels"],
        loader="lab_datasets.ragged:load",
    ),
)
