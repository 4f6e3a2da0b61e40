"""Files of settings: JSON or TOML, written by hand, by ``lab info TASK --show-config``, or a finished run's own run.json."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from lab_core.config import Config, fields, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.files import read_file


class SettingsFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says: settings, and, where it is a run's record, of which task and preset."""

    settings: dict[str, Any]
    task: str | None = None
    preset: str | None = None


def read_settings(path: Path, kind: type[Config]) -> SettingsFile:
    """Read ``path`` by its content (TOML for a name that ends in .toml, else JSON); raises UsageError naming the file.

    TOML has no absent value: there the text ``"none"`` stands for it, for settings that may be absent. The settings
    themselves are checked when they are resolved.
    """
    try:
        path = path / "run.json" if path.is_dir() else path
        text = read_file(Path(os.path.realpath(path))).decode()
    except LabError as error:
        raise UsageError(f"Config file {error.message}") from None
    except OSError as error:
        raise UsageError(f"Config file {path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"Config file {path} is not a text file.") from None
    is_toml = path.suffix.lower() == ".toml"
    try:
        plain: Any = tomllib.loads(text) if is_toml else msgspec.json.decode(text)
    except RecursionError:
        raise UsageError(f"Config file {path} is nested too deeply.") from None
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise UsageError(f"Config file {path} is not valid {'TOML' if is_toml else 'JSON'}: {error}.") from None
    if not isinstance(plain, dict):
        raise UsageError(f"Config file {path} holds no settings.", "Start from: lab info TASK --show-config")
    found = cast(dict[str, Any], plain)
    inner: Any = found.get("config")
    if isinstance(inner, dict) and isinstance(found.get("task"), str) and "config" not in kind.__struct_fields__:
        return SettingsFile(settings=cast(dict[str, Any], inner), task=found["task"], preset=found.get("preset"))
    if is_toml:
        optional = {field.name for field in fields(kind) if field.type.endswith(" or none")}
        found = {key: None if value == "none" and key in optional else value for key, value in found.items()}
    return SettingsFile(settings=found)


def as_toml(config: Config, *, head: str = "") -> str:
    """A config as a TOML file, each setting below a line that says what it means."""
    described = {field.name: field for field in fields(type(config))}
    lines = [f"# {line}" for line in head.splitlines()]
    for name, value in to_dict(config).items():
        field = described[name]
        unit = f" [{field.unit}]" if field.unit else ""
        lines += ["", f"# {field.description}{unit}: {field.type} {field.bounds}".rstrip(), f"{name} = {_toml(value)}"]
    return "\n".join(lines).strip() + "\n"


def _toml(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Mapping):
        items = ", ".join(f"{json.dumps(str(key))} = {_toml(item)}" for key, item in value.items())  # pyright: ignore
        return f"{{{items}}}"
    if type(value) is int:
        return f"{value:_}"
    if isinstance(value, float):
        text = repr(value)
        return text if any(letter in text for letter in ".en") else f"{text}.0"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # true, false and quoted text read the same in both
