"""Every command that a page shows is one that the lab takes: options, task ids, presets, settings, protocols, suites, benchmarks.

Commands are parsed as the command line parses them, in one process, and what they name is looked up; nothing is trained. Words in
capitals (RUN, DIR) stand for what a reader fills in.
"""

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from lab_app.cli import app
from lab_app.suites.suite import find_suite, suite_files
from lab_core.config import from_dict, parse_overrides, resolve
from lab_core.errors import LabError
from lab_core.imports import load_object
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry, config_type
from lab_core.task import Task

Refused: Any = typer.BadParameter.__mro__[2]  # ClickException, of the copy of Click that Typer uses
ROOT = Path(__file__).parent.parent
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("*/*/README.md")),
    ROOT / "examples/README.md",
]
EXAMPLES = {"lab-windy", "lab-simple-methods", "lab-sqlite-log"}
# Tasks and commands of packages that the pages tell the reader to install or write first.
ELSEWHERE = {
    "ray-run",
    "shout",
    "ucb-my-bandit",
    "q-learning-windy",
    "cross-entropy-cartpole",
    "normal-mnist",
    "history",
    "my-task",
    "hill-cartpole",
}
COMMAND = re.compile(r"^ {4}(?:\$ )?((?:uv run )?lab .*)|`((?:uv run )?lab [a-z][^`]*)`", flags=re.M)


def commands(text: str) -> Iterator[tuple[list[str], bool]]:
    """The commands in code of a page, as words, and whether each stands in a block of its own; without what follows for the
    reader, and without sketches like ``lab run ...``.
    """
    for found in COMMAND.finditer(text):
        line = (found[1] or found[2]).replace("\\|", "|")
        line = re.sub(r"\$\(.*?\)", "FOLDER", re.sub(r"--seed (N|s)\b", "--seed 1", line))
        line = re.split(r"\s{2,}#? ?|\s# |\s(?:[|>]|&&) ", line.removeprefix("uv run "))[0]
        try:
            words = shlex.split(line)[1:]
        except ValueError:
            continue
        if len(words) > 1 and "..." not in line and not any(word.endswith(",") for word in words):
            yield words, bool(found[1])


@cache
def registry() -> Registry:
    return discover()[0]


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command's full name and its parameters, as the lab parses them; raises ClickException."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="lab")
    name, command, rest = group.resolve_command(context, words)
    names = [name]
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        context = typer.Context(command, info_name=name, parent=context)
        name, command, rest = command.resolve_command(context, rest)
        names.append(name)
    return " ".join(names), command.make_context(name, rest, parent=context).params


def filled_in(text: str) -> bool:
    """Whether the reader puts something of their own here."""
    return bool(re.search(r"\b[A-Z]{2,}\b|/|\.(json|toml|csv|txt)$", text)) or text in {"N", "A", "B"}


def task_named(text: str) -> Task | None:
    """The task that ``text`` names; None for a run, a file, or a task of a package that the page introduces."""
    name, at, shipped = text.partition("@")
    if filled_in(name) or name in ELSEWHERE:
        return None
    task = registry().task(name)
    assert not at or (shipped == "pretrained" and task.pretrained), f"{name} has no shipped model"
    return task


def check_settings(task: Task, values: dict[str, Any], *, listed: bool) -> None:
    """Preset and settings exist; together they make a config, unless a value is the reader's or there are several."""
    preset = values.get("preset") or "default"
    base = {} if filled_in(preset) else task.preset(preset)
    overrides = [
        text for text in values.get("overrides") or values.get("settings") or () if not filled_in(text.partition("=")[0])
    ]
    keys = [text.partition("=")[0] for text in overrides]
    if listed or any(filled_in(text) or re.search(r"=\w[\w.]*:[\w-]+$|\.\.", text) for text in overrides):
        for key in keys:
            assert key in config_type(task).__struct_fields__, f"{task.id} has no setting {key}"
    else:
        resolve(config_type(task), base, parse_overrides(config_type(task), overrides))


def check_protocol(task: Task, values: dict[str, Any]) -> None:
    if values.get("protocol") and not filled_in(values["protocol"]):
        benchmark = registry().benchmark_of(task, from_dict(config_type(task), task.preset("default")))
        assert benchmark is not None
        benchmark.protocol(values["protocol"])


def check_options(task: Task, pairs: list[str]) -> None:
    """``--with``: options of the task's model, whose module is imported."""
    model = load_object(task.model, what=f"Task {task.id}")
    names = model.options.__struct_fields__
    for pair in pairs if names else ():  # some models have their options from the settings that they were trained with
        assert filled_in(pair.partition("=")[0]) or pair.partition("=")[0] in names, (
            f"the model of {task.id} has no option {pair}"
        )


def check(words: list[str]) -> None:
    """Raise for a command that the lab would refuse."""
    if words[0] in ELSEWHERE or words[0] == "help":
        return
    name, values = parsed(words)
    tasks: list[Task | None] = []
    if name in {"run", "info"}:
        tasks = [task_named(values["task_id"])]
    elif name in {"apply", "sample", "play", "eval", "resume", "export"}:
        tasks = [task_named(values["target"])]
    elif name == "sweep":
        tasks = [task_named(text) for text in values["tasks"]]
    elif name.startswith("suite") and values.get("name") and not filled_in(values["name"]):
        find_suite(values["name"])
    if values.get("suite") and not filled_in(values["suite"]):
        assert values["suite"] in suite_files() or any(values["suite"] in one.suites for one in registry().benchmarks())
    if values.get("benchmark") and not re.search("[A-Z]{2}", values["benchmark"]):
        registry().benchmark(values["benchmark"])
    for task in tasks:
        if task is not None:
            check_settings(task, values, listed=name == "sweep")
            check_protocol(task, values)
            if values.get("pairs"):
                check_options(task, values["pairs"])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_of_the_page_are_taken(page: Path) -> None:
    wrong = []
    for words, whole in commands(page.read_text()):
        try:
            check(words)
        except (LabError, Refused, AssertionError, KeyError) as error:
            text = error.format_message() if isinstance(error, Refused) else str(error)
            if whole or not re.match("Missing argument|Option .* requires an argument", text):  # a command's name in a sentence
                wrong.append(f"lab {shlex.join(words)}: {text}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "lab run dqn-brakeout",
        "lab run dqn-breakout --preset fast",
        "lab run dqn-breakout --set learning_speed=1",
        "lab run dqn-breakout --set gamma=2",
        "lab run dqn-breakout --quickly",
        "lab play sarsa-cliffwalking@pretrained",
        "lab eval dqn-breakout --protocol mine",
        "lab suite show nothing",
        "lab data lst icons",
        "lab apply deep-dream photo.jpg --with layr=conv4_3",
    ],
)
def test_wrong_commands_are_noticed(line: str) -> None:
    ((words, _),) = commands(f"    {line}   # words for the reader")
    with pytest.raises((LabError, Refused, AssertionError, SystemExit)):
        check(words)


def test_commands_of_the_generated_task_pages_are_taken() -> None:
    sys.path.insert(0, str(ROOT / "tools" / "docs_site"))
    try:
        pages = importlib.import_module("task_pages")
    finally:
        sys.path.pop(0)
    tasks = list(registry().tasks())
    shown = [words for task in tasks for words, _ in commands(pages.commands(task, pages.benchmark_of(task, registry())))]
    assert len(shown) > 2 * len(tasks)
    for words in shown:
        check(words)
