"""What is wrong with a plugin, said in one line."""

import importlib
import os
import re
import traceback
from collections.abc import Mapping
from importlib import metadata
from typing import Any, cast

import msgspec
import pluggy

from lab_core.benchmark import Benchmark
from lab_core.data import DataSet
from lab_core.errors import LabError
from lab_core.extension import Command, ObserverMaker
from lab_core.registry.names import id_problem, text_problem
from lab_core.task import Task

Record = Task | Benchmark | DataSet | Command | ObserverMaker
_CODE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_HERE = os.path.dirname(os.path.abspath(__file__))
_MACHINERY = {os.path.dirname(os.path.abspath(str(module.__file__))) for module in (pluggy, importlib, metadata)} | {
    _HERE,
    os.path.dirname(_HERE),
}


def explain(error: BaseException) -> str:
    """One line for an exception from a plugin: what, and where in the plugin."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"needs the module {error.name!r}, which is not installed{_where(error)}"
    try:
        text = " ".join(str(error).split())[:300]
    except Exception:  # an exception whose own text raises
        text = ""
    if text and isinstance(error, LabError | pluggy.PluginValidationError):
        return text.removesuffix(".")
    return f"{type(error).__name__}{': ' + text if text else ''}{_where(error)}"


def _where(error: BaseException) -> str:
    """The innermost line outside the machinery of imports, pluggy and this module."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and os.path.dirname(frame.filename) not in _MACHINERY
    ]
    if not frames:
        return ""
    parts = frames[-1].filename.replace(os.sep, "/").split("/")
    return f" ({'/'.join(parts[-2:])}, line {frames[-1].lineno})"


def problem(record: object, kind: type[Record]) -> str | None:
    """What is wrong with a record that a plugin handed in, or None: its class, its types, its code references."""
    if not isinstance(record, kind):
        return f"{a_kind(record)}; expected a {kind.__name__}"
    name = f"{_NAMES[kind]} {record.id!r}"
    try:
        msgspec.convert(msgspec.to_builtins(record, enc_hook=_plain), kind)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        return f"{name} is not plain data of the right types: {error}"
    wrong = id_problem(record.id, parts=kind is Benchmark) or text_problem(record, _TEXTS[kind])
    if wrong:
        return f"{name}: {wrong}"
    if isinstance(record, Benchmark) and not 0 <= record.score.digits <= 12:
        return f"{name}: its score has {record.score.digits} digits, expected 0 to 12"
    for field in _CODE_FIELDS[kind]:
        text = getattr(record, field)
        if text is not None and not _CODE.fullmatch(text):
            return f"{name}: {field} is {text!r}, expected 'module:Class'"
    return None


_TEXTS: Mapping[type, tuple[str, ...]] = {
    Task: ("title", "family", "method", "step_unit", "tags", "presets"),
    Benchmark: ("title", "unit", "protocols", "suites", "floor"),
    DataSet: ("title", "what", "origin", "licence", "splits", "classes"),
    Command: ("help",),
    ObserverMaker: (),
}
_NAMES: Mapping[type, str] = {
    **{Task: "task", Benchmark: "benchmark", DataSet: "data set"},
    **{Command: "command", ObserverMaker: "observer"},
}
_CODE_FIELDS: Mapping[type, tuple[str, ...]] = {
    Task: ("trainer", "model", "config"),
    Benchmark: ("evaluator", "scene", "pool"),
    DataSet: ("loader", "fetcher", "examiner"),
    Command: ("place",),
    ObserverMaker: ("maker",),
}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(cast(Mapping[Any, Any], value))
    raise TypeError(f"a value of type {type(value).__name__}")


def a_kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
