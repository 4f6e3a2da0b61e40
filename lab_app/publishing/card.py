"""The card of a published model: what it is, how good it is, on what data, under which licences, and how to make it again."""

import shlex
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from lab_app.observers.progress import duration
from lab_app.records.record import RecordedRun
from lab_app.results.intervals import digits, phrase
from lab_app.results.results import run_score, summary_of
from lab_core.benchmark import Benchmark
from lab_core.data import DataSet
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry
from lab_core.runs.run import Run
from lab_core.task import Task

_USE = {"act": "lab play .", "sample": "lab sample .", "apply": "lab apply . INPUT"}


def card(run: Run, record: RecordedRun, task: Task, benchmark: Benchmark, registry: Registry, *, picture: str | None) -> str:
    """The card as Markdown. ``record`` is the run's, ``picture`` the name of a picture or film beside the card."""
    parts = [f"# {_text(task.title)}", _about(run, task, benchmark), _picture(picture), _use(benchmark)]
    parts += [_scores(record, benchmark), _data(run, registry), _training(run, record), _again(record), _licence(run, registry)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(run: Run, task: Task, benchmark: Benchmark) -> str:
    source = f" Source: {_text(task.source)}." if task.source else ""
    return (
        f"Task `{task.id}`: method `{task.method}` on benchmark `{benchmark.id}` ({_text(benchmark.title)}), trained with preset"
        f" `{run.record.preset}`, seed {run.record.seed}.{source}"
    )


def _picture(name: str | None) -> str:
    if name is None:
        return ""
    return f"[Film: {name}]({name})" if name.endswith(".mp4") else f"![What the model makes]({name})"


def _use(benchmark: Benchmark) -> str:
    commands = [_USE[benchmark.needs], "lab eval .", "lab publish . --check"]
    return "## Use\n\n" + "\n".join(f"    {command}" for command in commands)


def _scores(record: RecordedRun, benchmark: Benchmark) -> str:
    score = benchmark.score
    direction = "higher is better" if score.higher_is_better else "lower is better"
    lines = [
        f"## Score\n\n{score.name}{f' in {score.unit}' if score.unit else ''}, {direction}. Good: {_text(score.goal())}.",
        "",
    ]
    lines += ["| benchmark, protocol | score | seed |", "| --- | --- | --- |"]
    lines += [f"| `{one.benchmark}`, {one.protocol} | {_score(one, benchmark)} | {one.seed} |" for one in record.evaluations]
    protocols = {one.protocol: one.settings for one in record.evaluations if one.benchmark == benchmark.id}
    for name, settings in protocols.items():
        lines.append(f"\nProtocol {name}: {_settings(settings)}.")
    anchors = [("random", score.random), (score.reference_name or "reference", score.reference)]
    known = [f"{_text(name)} {digits(score)(value)}" for name, value in anchors if value is not None]
    if known:
        lines.append(f"\nFor comparison: {', '.join(known)}.")
    lines.append("\nOne run: its interval is over what was scored and says nothing about other seeds.")
    return "\n".join(lines)


def _score(one: Evaluation, benchmark: Benchmark) -> str:
    if one.benchmark != benchmark.id:
        return f"{one.value:g}"
    return phrase(summary_of([run_score(one)], benchmark), digits(benchmark.score), one.unit)


def _settings(settings: Any) -> str:
    return ", ".join(f"{_text(name)} = {_text(value)}" for name, value in settings.items()) or "no settings"


def data_cards(run: Run, registry: Registry) -> list[DataSet]:
    """The data sets that the run's settings name."""
    names = [value for value in run.record.config.values() if isinstance(value, str)]
    return [registry.data_set(name) for name in dict.fromkeys(names) if registry.has_data_set(name)]


def _data(run: Run, registry: Registry) -> str:
    found = data_cards(run, registry)
    if found:
        lines = [
            f"- `{one.id}`: {_text(one.title)}. {_text(one.what)} Origin: {_text(one.origin)}. Licence: {_text(one.licence)}."
            + (f" {_text(one.notice)}" if one.notice else "")
            for one in found
        ]
        return "## Data\n\n" + "\n".join(lines)
    named = {name: run.record.config[name] for name in ("data", "env", "game", "maze") if run.record.config.get(name)}
    return f"## Data\n\n{_settings(named)}." if named else ""


def _training(run: Run, record: RecordedRun) -> str:
    machine = record.machine
    where = f"{record.device}, {record.precision}, {record.threads} threads of {_text(machine.get('processor', 'unknown'))}"
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    changed = f" Changed settings: {_settings(record.changed)}." if record.changed else ""
    return (
        f"## Training\n\n{record.step:,} {record.step_unit} in {duration(record.wall_seconds)} on {where}."
        f" Model of step {record.best_step if record.best_step is not None else record.step:,}.{changed}\n\n"
        f"Versions: {_text(versions)}. Every setting stands in `record.json`."
    )


def _again(record: RecordedRun) -> str:
    command = shlex.join(record.command)
    return f"## Reproduce\n\n    {command}\n    lab reproduce record.json"


def _licence(run: Run, registry: Registry) -> str:
    plugin = run.record.plugin
    names: list[str] = []
    with suppress(PackageNotFoundError, ValueError):
        found = metadata(_distribution(plugin))
        stated = found.get_all("License-Expression") or found.get_all("License") or ["not stated"]
        names.append(f"Code: {_text(stated[0])}")
    names += [f"data `{one.id}`: {_text(one.licence)}" for one in data_cards(run, registry)]
    return "## Licence\n\n" + ("; ".join(names) or "Not stated") + ". Add the licence of the weights before you pass them on."


def _distribution(plugin: str) -> str:
    from lab_core.registry.discovery import installed

    return next((one.distribution for one in installed() if one.name == plugin), "")


def _text(value: object) -> str:
    """A text on one line of Markdown, without a table's bars, tags and links."""
    plain = " ".join(str(value).split())
    for letter in ("\\", "|", "<", "[", "]", "`"):
        plain = plain.replace(letter, f"\\{letter}" if letter != "<" else "&lt;")
    return plain.rstrip(".")
