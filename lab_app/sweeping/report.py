"""How a sweep stands and what it found, as text and as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

import msgspec

from lab_app.durations import duration
from lab_app.observers.progress import quantity
from lab_app.results.intervals import digits, phrase
from lab_app.results.results import find_benchmark, run_score, summary_of
from lab_app.sweeping.sweep import Standing
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry

_ORDER = ("running", "waiting", "stopped", "failed", "pruned", "completed")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs of one task and one combination of settings, which differ in their seeds.

    settings   the settings that the sweep changes, with this group's values
    score      the score of its completed runs with its bounds, as every command prints it; empty without one
    value      their mean; None without one
    """

    task: str
    settings: Mapping[str, Any]
    runs: int
    completed: int
    score: str = ""
    value: float | None = None
    better: bool = True


def counts(standings: Iterable[Standing]) -> dict[str, int]:
    """How many jobs are in each state."""
    found = [one.state for one in standings]
    return {state: found.count(state) for state in _ORDER if state in found}


def seconds_left(standings: Sequence[Standing], jobs: int) -> float | None:
    """Wall seconds until the end at the speed of this sweep's own runs; None before any has got anywhere."""
    rates = [one.wall_seconds / one.step for one in standings if one.step and one.wall_seconds]
    if not rates:
        return None
    a_step = sum(rates) / len(rates)
    missing = sum(max(0, one.budget - one.step) * a_step for one in standings if one.state in ("waiting", "running", "stopped"))
    return missing / jobs


def line(standings: Sequence[Standing], jobs: int) -> str:
    """``12 of 20 runs  2 running  6 waiting  about 3:20 left``."""
    found = counts(standings)
    parts = [f"{found.get('completed', 0)} of {len(standings)} runs"]
    parts += [f"{count} {state}" for state, count in found.items() if state != "completed"]
    left = seconds_left(standings, jobs)
    if left is not None and set(found) - {"completed", "failed", "pruned"}:
        parts.append(f"about {duration(left)} left")
    return "  ".join(parts)


def rows(standings: Sequence[Standing], most: int = 12) -> list[tuple[str, ...]]:
    """(run, device, state, step, steps a second, selection score, time left) of the jobs that are under way or went wrong."""
    found: list[tuple[str, ...]] = []
    for one in standings:
        if one.state in ("completed", "waiting", "pruned"):
            continue
        record = one.run.record if one.run else None
        rate = one.step / one.wall_seconds if one.step and one.wall_seconds else None
        left = duration((one.budget - one.step) / rate) if rate and one.state == "running" else ""
        score = f"{record.best_score:.4g}" if record and record.best_score is not None else ""
        step = f"{one.step:,} of {one.budget:,}"
        shown_rate = f"{quantity(rate)}/s" if rate else ""
        found.append((one.id, record.device if record else "", one.state, step, shown_rate, score, left))
    return found[:most]


def best_by_selection(standings: Sequence[Standing]) -> dict[str, dict[str, Any]]:
    """The settings of each task whose completed runs have the best mean selection score: a choice that no reported score made."""
    groups: dict[str, dict[str, list[Standing]]] = {}
    for one in standings:
        if one.state == "completed" and one.run is not None and one.run.record.best_score is not None:
            groups.setdefault(one.spec.task, {}).setdefault(repr(sorted(one.spec.changed.items())), []).append(one)
    found: dict[str, dict[str, Any]] = {}
    for task, by_settings in groups.items():
        means = {key: mean(one.run.record.best_score or 0.0 for one in some if one.run) for key, some in by_settings.items()}
        higher = next(iter(by_settings.values()))[0].higher_is_better
        key = max(means, key=lambda name: means[name] if higher else -means[name])
        found[task] = {"settings": dict(by_settings[key][0].spec.changed), "selection": means[key], "runs": len(by_settings[key])}
    return found


def groups(standings: Sequence[Standing], registry: Registry) -> list[Group]:
    """The jobs by task and settings, the best of each task first."""
    varied: dict[str, dict[str, None]] = {}  # task -> the settings that any of its jobs changes
    for one in standings:
        varied.setdefault(one.spec.task, {}).update(dict.fromkeys(one.spec.changed))
    by_key: dict[tuple[str, str], list[Standing]] = {}
    for one in standings:
        by_key.setdefault((one.spec.task, repr(sorted(one.spec.changed.items()))), []).append(one)
    found = [_group(members, varied[task], registry) for (task, _), members in by_key.items()]
    tasks = list(varied)

    def order(group: Group) -> tuple[int, bool, float]:
        value = group.value if group.value is not None else 0.0
        return tasks.index(group.task), group.value is None, -value if group.better else value

    return sorted(found, key=order)


def _group(members: Sequence[Standing], varied: Iterable[str], registry: Registry) -> Group:
    spec = members[0].spec
    scored = [found for one in members if (found := _evaluation(one)) is not None]
    group = Group(
        task=spec.task,
        settings={name: spec.config[name] for name in varied},
        runs=len(members),
        completed=sum(one.state == "completed" for one in members),
    )
    if not scored:
        return group
    benchmark = find_benchmark(scored[0].benchmark, scored[0].protocol, registry)
    summary = summary_of([run_score(one) for one in scored], benchmark)
    text = phrase(summary, digits(benchmark.score), scored[0].unit)
    return msgspec.structs.replace(
        group, score=f"{benchmark.score.name} {text}", value=summary.mean, better=benchmark.score.higher_is_better
    )


def _evaluation(one: Standing) -> Evaluation | None:
    """The newest evaluation of a completed job."""
    found = one.run.evaluations() if one.run is not None and one.state == "completed" else []
    return found[-1] if found else None


def document(name: str, standings: Sequence[Standing], registry: Registry) -> dict[str, Any]:
    """All of it for ``--json``."""
    runs: list[dict[str, Any]] = []
    for one in standings:
        evaluation = _evaluation(one)
        runs.append(
            {
                "id": one.id,
                "task": one.spec.task,
                "seed": one.spec.seed,
                "changed": one.spec.changed,
                "state": one.state,
                "step": one.step,
                "wall_seconds": one.wall_seconds,
                "error": one.error or None,
                "selection": one.run.record.best_score if one.run else None,
                "score": evaluation.value if evaluation else None,
            }
        )
    best = best_by_selection(standings)
    return {"sweep": name, "runs": runs, "groups": msgspec.to_builtins(groups(standings, registry)), "best_by_selection": best}
