"""Settings from files: what is printed reads back, what a run recorded trains again, what is wrong is named."""

import json
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_app.cli.settings_file import as_toml, read_settings
from lab_core import TrainConfig, UsageError, about
from lab_core.config import Config, resolve, to_dict


class Settings(Config, frozen=True, kw_only=True):
    steps: Annotated[int, about("Length", unit="steps", ge=1)] = 2_000_000
    rate: Annotated[float, about('Step "size"', gt=0)] = 1e-7
    whole: Annotated[float, about("A number that is whole")] = 3.0
    limit: Annotated[float | None, about("Where to stop")] = None
    label: Annotated[str, about("Any text")] = 'a "quoted" \\ text'
    kind: Annotated[Literal["none", "some"], about("A choice that is called none")] = "none"
    layers: Annotated[tuple[int, ...], about("Widths")] = (64, 32)
    quick: Annotated[bool, about("Yes or no")] = True


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_what_is_printed_reads_back(tmp_path: Path) -> None:
    text = as_toml(Settings(), head="a task\nlab run it")
    assert text.startswith("# a task\n# lab run it\n\n# Length [steps]: whole number >= 1\nsteps = 2_000_000\n")
    found = read_settings(write(tmp_path / "a.toml", text), Settings)
    assert resolve(Settings, found.settings) == Settings()
    plain = read_settings(write(tmp_path / "a.json", json.dumps(to_dict(Settings()))), Settings)
    assert resolve(Settings, plain.settings) == Settings()


@given(
    st.floats(1e-300, 1e300),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.integers(-(2**60), 2**60)).map(tuple),
)
def test_any_settings_survive_a_file(rate: float, limit: float | None, label: str, layers: tuple[int, ...]) -> None:
    import tempfile

    config = Settings(rate=rate, limit=limit, label=label, layers=layers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_text(as_toml(config), encoding="utf-8")
        assert resolve(Settings, read_settings(path, Settings).settings) == config


def test_a_runs_record_gives_its_settings_task_and_preset(tmp_path: Path) -> None:
    record = {"task": "walk", "preset": "paper", "seed": 4, "config": {"steps": 7}}
    path = write(tmp_path / "run.json", json.dumps(record))
    for place in (path, tmp_path):  # the file, or the run's folder
        found = read_settings(place, Settings)
        assert (found.settings, found.task, found.preset) == ({"steps": 7}, "walk", "paper")


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[1]", "holds no settings"),
        ("a.toml", "steps 5", "not valid TOML"),
        ("a.toml", "steps = 1\nsteps = 2", "not valid TOML"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part) as caught:
        read_settings(write(tmp_path / name, text), Settings)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read_and_unknown_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        read_settings(tmp_path / "none.json", Settings)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not a text file"):
        read_settings(tmp_path / "binary.json", Settings)
    with pytest.raises(UsageError, match="steps"):
        resolve(Settings, read_settings(write(tmp_path / "a.toml", "stepps = 3"), Settings).settings)


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "[" * 100_000), ("a.toml", "a = " + "[" * 5000), ("a.toml", "a" + ".a" * 5000)]
)
def test_a_file_that_is_nested_too_deeply_is_refused(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match="Config file"):
        read_settings(tmp_path / name, TrainConfig)


def test_a_pipe_or_an_endless_device_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a plain file"):
        read_settings(Path("/dev/zero"), TrainConfig)
