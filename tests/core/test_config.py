"""Settings are typed, bounded, and refused with one line that names them."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_core import LabError, TrainConfig, UsageError, about
from lab_core.config import Config, changed, fields, from_dict, parse_overrides, resolve, to_dict


class Example(TrainConfig, frozen=True, kw_only=True):
    rate: Annotated[float, about("step size", gt=0, lt=1)] = 0.1
    sizes: Annotated[tuple[int, ...], about("units a layer")] = (64, 64)
    network: Annotated[Literal["nips", "nature"], about("which network")] = "nature"
    clip: Annotated[float, about("largest gradient norm", gt=0)] | None = None
    double: Annotated[bool, about("double Q")] = False
    game: Annotated[str, about("name")] = "breakout"

    def check(self) -> None:
        if self.double and self.network == "nips":
            raise UsageError("double=true needs network=nature.")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("rate=0.5", "rate", 0.5),
        ("rate=1e-3", "rate", 1e-3),
        ("steps=1e6", "steps", 1_000_000),
        ("steps=1_000", "steps", 1000),
        ("sizes=3,4", "sizes", (3, 4)),
        ("sizes=[3, 4]", "sizes", (3, 4)),
        ("network=nips", "network", "nips"),
        ("clip=10", "clip", 10.0),
        ("clip=none", "clip", None),
        ("double=yes", "double", True),
        ("double=0", "double", False),
        ("game=a=b", "game", "a=b"),
    ],
)
def test_key_value_texts_become_typed_values(text: str, name: str, value: object) -> None:
    assert getattr(resolve(Example, overrides=[text]), name) == value


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("steps=1.5", ["steps", "1.5", "whole number >= 1"]),
        ("steps=0", ["steps", ">= 1"]),
        ("rate=2", ["rate", "> 0 and < 1"]),
        ("rate=nan", ["rate"]),
        ("rate=fast", ["rate", "fast", "number"]),
        ("network=natur", ["network", "natur", "nature"]),
        ("sizes=a", ["sizes", "list of whole number"]),
        ("double=maybe", ["double", "true or false"]),
        ("rat=1", ["rat", "rate"]),
        ("rate", ["KEY=VALUE"]),
    ],
)
def test_bad_texts_are_refused_with_one_line_that_names_them(text: str, parts: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(Example, overrides=[text])
    line = str(caught.value)
    assert "\n" not in line
    for part in parts:
        assert part in line


def test_contradictory_settings_are_refused() -> None:
    with pytest.raises(LabError, match="needs network=nature"):
        resolve(Example, {"network": "nips"}, overrides=["double=true"])


def test_later_layers_win_and_overrides_win_over_all() -> None:
    config = resolve(Example, {"rate": 0.2, "game": "pong"}, {"rate": 0.3}, overrides=["rate=0.4"])
    assert (config.rate, config.game) == (0.4, "pong")


def test_changed_names_only_what_differs_from_the_preset() -> None:
    config = resolve(Example, {"rate": 0.2}, overrides=["rate=0.2", "game=pong"])
    assert changed(config, {"rate": 0.2}) == {"game": "pong"}


def test_every_field_is_described_with_its_bounds() -> None:
    described = {field.name: field for field in fields(Example)}
    assert described["rate"].bounds == "> 0 and < 1"
    assert described["network"].choices == ("nips", "nature")
    assert described["steps"].unit == "steps"
    assert described["clip"].type == "number or none"


def test_a_preset_of_wrong_type_is_refused() -> None:
    with pytest.raises(UsageError, match="rate"):
        resolve(Example, {"rate": "fast"})


@given(
    rate=st.floats(0.001, 0.999),
    sizes=st.lists(st.integers(-(2**40), 2**40), max_size=4),
    clip=st.none() | st.floats(0.001, 1e9),
    double=st.booleans(),
)
def test_what_is_stored_reads_back_equal(rate: float, sizes: list[int], clip: float | None, double: bool) -> None:
    config = Example(rate=rate, sizes=tuple(sizes), clip=clip, double=double)
    assert from_dict(Example, to_dict(config)) == config


@given(rate=st.floats(0.001, 0.999), steps=st.integers(1, 2**53))
def test_a_printed_value_parses_to_itself(rate: float, steps: int) -> None:
    assert parse_overrides(Example, [f"rate={rate!r}", f"steps={steps}"]) == {"rate": rate, "steps": steps}


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30))
def test_any_text_is_either_a_setting_or_one_line_of_error(text: str) -> None:
    line = ""
    try:
        resolve(Example, overrides=[text])
    except UsageError as error:
        line = str(error)
    assert "\n" not in line


def test_values_of_an_earlier_version_are_read_under_todays_names():
    class Renamed(TrainConfig, frozen=True, kw_only=True):
        size: Annotated[int, about("How large", ge=1)] = 1

        @classmethod
        def upgraded(cls, values):
            return {"size" if name == "width" else name: value for name, value in values.items()}

    assert from_dict(Renamed, {"width": 3}).size == 3
    assert from_dict(Renamed, to_dict(Renamed(size=2))).size == 2
    with pytest.raises(UsageError, match="width"):
        resolve(Renamed, {"width": 3})  # what a person sets has today's names


@pytest.mark.parametrize("text", ["steps=10000000000000000", "steps=1e19", "selection_count=99999999999999999999999"])
def test_a_number_too_large_for_a_record_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="can't be"):
        resolve(TrainConfig, overrides=[text])


def test_blanks_of_a_text_are_kept_and_those_around_a_number_are_not() -> None:
    class Prompted(Config, frozen=True, kw_only=True):
        prompt: Annotated[str, about("text to go on from")] = ""
        length: Annotated[int, about("characters")] = 10

    found = parse_overrides(Prompted, ["prompt=Emma ", "length= 20 "])
    assert found == {"prompt": "Emma ", "length": 20}


class Sectioned(TrainConfig, frozen=True, kw_only=True):
    """Two sections, and a field before them."""

    first: Annotated[int, about("of the method")] = 0
    width: Annotated[int, about("channels", section="network")] = 1
    depth: Annotated[int, about("layers")] = 1
    rate: Annotated[float, about("step size", section="optimiser")] = 0.1


class Derived(Sectioned, frozen=True, kw_only=True):
    """Redefinitions keep their section, unless they name another."""

    width: Annotated[int, about("channels")] = 2
    more: Annotated[int, about("of the method, too")] = 0
    depth: Annotated[int, about("layers", section="size")] = 3


def test_a_section_holds_for_the_fields_that_follow_it_and_is_inherited() -> None:
    sections = {field.name: field.section for field in fields(Derived)}
    assert (sections["steps"], sections["display_above"]) == ("length and selection", "watching and checkpoints")
    assert (sections["first"], sections["more"]) == ("method", "method")
    assert (sections["width"], sections["depth"], sections["rate"]) == ("network", "size", "optimiser")
    assert {field.name: field.section for field in fields(Sectioned)}["depth"] == "network"
