"""Ids in any case: ``DQN-Breakout`` is the task ``dqn-breakout``. Callbacks of arguments and options."""

from collections.abc import Iterable
from typing import TypeVar, cast

from lab_app.cli.common import registry

V = TypeVar("V", str, list[str], None)


def task(value: V) -> V:
    """One or several tasks."""
    return _spelt(value, (task.id for task in registry().tasks()))


def target(value: V) -> V:
    """What RUN|TASK takes: tasks, ``TASK@pretrained`` and benchmarks; anything else, such as a folder, stays as it is."""
    tasks = [task.id for task in registry().tasks()]
    benchmarks = [benchmark.id for benchmark in registry().benchmarks()]
    return _spelt(value, [*tasks, *(f"{one}@pretrained" for one in tasks), *benchmarks])


def benchmark(value: V) -> V:
    return _spelt(value, (benchmark.id for benchmark in registry().benchmarks()))


def data_set(value: V) -> V:
    return _spelt(value, (card.id for card in registry().data_sets()))


def family(value: V) -> V:
    return _spelt(value, {task.family for task in registry().tasks()})


def _spelt(value: V, ids: Iterable[str]) -> V:
    """``value`` with each text that is an id but for its case spelt as that id; ids that differ in case alone stay apart."""
    if value is None:
        return value
    known = list(ids)
    by_lower: dict[str, list[str]] = {}
    for one in known:
        by_lower.setdefault(one.lower(), []).append(one)

    def spelt(text: str) -> str:
        found = by_lower.get(text.lower(), [])
        return found[0] if len(found) == 1 else text

    return cast(V, spelt(value) if isinstance(value, str) else [spelt(text) for text in value])
