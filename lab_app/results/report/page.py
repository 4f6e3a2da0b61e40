"""The page of a run: what it is, its scores, pictures, curves, settings and machine."""

import shlex
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from lab_app.durations import duration
from lab_app.observers.progress import quantity
from lab_app.results.intervals import interval, legend, plural
from lab_app.results.report.curves import drawn, read_curves
from lab_app.results.report.escaping import escaped
from lab_app.results.report.gallery import galleries
from lab_app.results.report.style import SCRIPT, STYLE
from lab_app.results.results import find_benchmark, run_score, summary_of
from lab_core.registry.discovery import discover
from lab_core.runs.run import Run, RunRecord, SavedEvaluation

# Even if something slipped through: nothing is loaded, sent or framed.
_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page_of(run: Run) -> str:
    """The whole page as text. Reads the run's folder, writes nothing."""
    record = run.record
    evaluations = run.saved_evaluations()
    curves = read_curves(run.metrics.path)
    end = max((curve.steps[-1] for curve in curves), default=0.0)
    sections = [
        _section("Scores", _scores(evaluations)),
        _section("During training", galleries(run.folder / "media", record.step_unit), wide=True),
        _section("Curves", "".join(drawn(curve, end, record.step_unit) for curve in curves), wide=True),
        _section("Settings", _settings(record)),
        _section("Run", _facts(run)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(record.id or record.task)}</title><style>{STYLE}</style></head>"
        f"<body>{_head(run, evaluations)}<main>{''.join(sections)}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _head(run: Run, evaluations: list[SavedEvaluation]) -> str:
    record, state = run.record, run.state
    title = (record.benchmark or {}).get("title")
    about = f"{record.method} on {title}" if title else record.method
    tiles = [
        ("trained", f"{record.step:,}", f"of {record.budget_steps:,} {record.step_unit}"),
        ("time", duration(record.wall_seconds), f"{record.device}, {record.precision}, {record.threads} threads"),
    ]
    if evaluations:
        newest = evaluations[-1].evaluation
        score = (record.benchmark or {}).get("score")
        name = score.get("name") if isinstance(score, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        where = f"{name or 'score'}, {newest.benchmark} under {newest.protocol}"
        tiles.insert(0, ("score", quantity(newest.value), where))
    shown = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd><small>{escaped(note)}</small></div>"
        for name, value, note in tiles
    )
    wrong = f'<p class="error">{escaped(record.error)}</p>' if record.error else ""
    return (
        f'<header><p class="status {escaped(state)}">{escaped(state)}</p><h1>{escaped(record.task)}</h1>'
        f"<p>{escaped(about)} · {escaped(record.preset)} · seed {record.seed} · {record.created:%d %B %Y, %H:%M} UTC</p>{wrong}"
        f'<dl class="tiles">{shown}</dl></header>'
    )


def _section(title: str, body: str, *, wide: bool = False) -> str:
    return f"<section><h2>{title}</h2><div{' class=grid' if wide else ''}>{body}</div></section>" if body else ""


def _scores(evaluations: list[SavedEvaluation]) -> str:
    """A table for each benchmark and protocol; of the columns of details the means."""
    registry = discover()[0]

    def place(saved: SavedEvaluation) -> tuple[str, str]:
        return saved.evaluation.benchmark, saved.evaluation.protocol

    parts: list[str] = []
    for (benchmark, protocol), group in groupby(sorted(evaluations, key=place), key=place):
        rows = list(group)
        known = find_benchmark(benchmark, protocol, registry)
        summaries = [summary_of([run_score(row.evaluation)], known) for row in rows]
        details = list(dict.fromkeys(name for row in rows for name in row.evaluation.detail_means()))
        unit = rows[0].evaluation.unit
        head = ["model", "step", "seed", plural(unit), "score", "interval", *details]
        body = [[row.model, _step(row.step), row.evaluation.seed, len(row.evaluation.scores), quantity(row.evaluation.value),
                 interval(summary, quantity), *(_figure(row.evaluation.detail_means().get(name)) for name in details)]
                for row, summary in zip(rows, summaries, strict=True)]  # fmt: skip
        notes = "".join(f"<p><small>{escaped(line)}</small></p>" for line in legend((one, unit) for one in summaries))
        parts.append(f"<h3>{escaped(benchmark)} <small>under {escaped(protocol)}</small></h3>{_table(head, body)}{notes}")
    return "".join(parts)


def _step(step: int | None) -> str:
    return "" if step is None else f"{step:,}"


def _figure(value: float | None) -> str:
    return "" if value is None else quantity(value)


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    titles = "".join(f"<th>{escaped(str(name).replace('_', ' '))}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escaped(value)}</td>' for value in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table class="numbers"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'


def _settings(record: RunRecord) -> str:
    return _pairs(record.config, marked=record.changed)


def _facts(run: Run) -> str:
    record = run.record
    facts: dict[str, Any] = {"id": record.id, "plugin": f"{record.plugin} {record.plugin_version}"}
    if record.best_score is not None:
        facts["selected"] = f"step {record.best_step or 0:,}, selection score {quantity(record.best_score)}"
    if record.command:
        facts["command"] = shlex.join(record.command)
    facts |= record.machine
    facts |= record.versions
    return _pairs(facts)


def _pairs(values: Mapping[str, Any], *, marked: Iterable[str] = ()) -> str:
    chosen = set(marked)
    lines = "".join(
        f"<div{' class=changed' if name in chosen else ''}><dt>{escaped(name)}</dt><dd>{escaped(_value(value))}</dd></div>"
        for name, value in values.items()
    )
    return f'<dl class="pairs">{lines}</dl>' if lines else ""


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
