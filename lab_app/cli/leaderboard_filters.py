"""Which scores ``lab leaderboard`` shows: benchmarks, suites, families, tags, dates, budgets; unknown names are refused."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from lab_app.cli.common import registry
from lab_core.errors import UsageError, unknown

if TYPE_CHECKING:
    from lab_app.results.courses import Course
    from lab_app.results.results import Result
    from lab_core.benchmark import Benchmark

S = TypeVar("S", bound="Result | Course")


class Wanted(NamedTuple):
    """Which benchmarks: ``names``, all if empty, and of them those of a family. And of these which runs.

    since, until  days (``2026-11-29``) on which they may have been scored, both included
    budget        the most steps that they were given
    """

    names: set[str]
    family: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None
    budget: int | None = None

    def among(self, scored: Iterable[tuple[str, str]]) -> set[str]:
        """Those that are wanted, of pairs of a task and the benchmark that it was scored on; raises UsageError."""
        from lab_app.results.results import family_benchmarks

        pairs = [*scored, *(("", name) for name in self.names)]
        found = {benchmark for _, benchmark in pairs if not self.names or benchmark in self.names}
        return found if self.family is None else found & family_benchmarks(self.family, pairs, registry())

    def runs(self, scored: "Sequence[S]") -> "list[S]":
        """Those whose tag, date and budget are wanted."""
        if self.tag is not None:
            tags = {task.id: task.tags for task in registry().tasks()}
            known = {tag for one in tags.values() for tag in one}
            if self.tag not in known:
                raise unknown("tag", self.tag, known)
            scored = [one for one in scored if self.tag in tags.get(one.task, ())]
        if self.budget is not None:
            scored = [one for one in scored if one.budget <= self.budget]
        if self.since is not None or self.until is not None:
            first, last = self.since or "", self.until or "9999"
            scored = [one for one in scored if first <= getattr(one, "created", "")[:10] <= last]
        return list(scored)

    @property
    def selects_runs(self) -> bool:
        return any(value is not None for value in (self.tag, self.since, self.until, self.budget))

    def of(self) -> str:
        """The words that say it in a message."""
        family = "" if self.family is None else f" of family {self.family}"
        what = " of that tag, date and budget" if self.selects_runs else ""
        return f"{what}{family} on {next(iter(self.names))}" if len(self.names) == 1 else f"{what}{family}"


def read_date(text: str | None, option: str) -> str | None:
    """A day as ISO 8601 says it; raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date.", "Example: 2026-11-29") from None


def read_budget(text: str | None) -> int | None:
    """``400k``, ``1M``, ``98304`` as steps; raises UsageError."""
    if text is None:
        return None
    factor = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    try:
        steps = int(float(text[:-1] if factor > 1 else text.replace(",", "")) * factor)
    except (ValueError, OverflowError):
        steps = 0
    if steps < 1:
        raise UsageError(f"--budget {text!r} is not a number of steps.", "Examples: 400k, 1M, 98304; for wall time: --within 30m")
    return steps


def suite_members(suite: str) -> "list[Benchmark]":
    """The benchmarks of a suite: those that name it, or those of the tasks in an installed suite or a TOML file.

    Raises UsageError with the nearest name.
    """
    from lab_app.suites.suite import SUFFIX, find_suite, resolved, suite_files

    named = [one for one in registry().benchmarks() if suite in one.suites]
    if named:
        return named
    files = suite_files()
    if suite in files or suite.endswith(SUFFIX):
        benchmarks = (one.benchmark for one in resolved(find_suite(suite), registry())[0])
        return list({one.id: one for one in benchmarks if one is not None}.values())
    raise unknown("suite", suite, {*files, *(name for one in registry().benchmarks() for name in one.suites)})


def check_benchmark(wanted: Wanted, results: "Sequence[Result]") -> None:
    """Tell a benchmark that doesn't exist from one that nothing was scored on yet."""
    benchmark = next(iter(wanted.names)) if len(wanted.names) == 1 else None
    scored = {result.benchmark for result in results}
    if benchmark is not None and benchmark not in scored:
        registered = {one.id for one in registry().benchmarks()}
        if benchmark not in registered:
            raise unknown("benchmark", benchmark, registered | scored)


def check_protocol(protocol: str, names: set[str], scored: "Sequence[Result]") -> None:
    """Tell a protocol that none of these benchmarks has, of all where there are none, from one without scores."""
    from lab_app.results.results import find_benchmark

    benchmarks = [find_benchmark(name, protocol, registry()) for name in names] or registry().benchmarks()
    known = {name for one in benchmarks if one.evaluator for name in one.protocols} | {result.protocol for result in scored}
    if known and protocol not in known:
        error = unknown("protocol", protocol, known)
        raise UsageError(error.message, error.hint or (f"There are scores under {scored_under(scored)}." if scored else None))


def scored_under(results: "Sequence[Result]") -> str:
    """The protocols of some scores, and of how many runs each, the commonest first."""
    runs: dict[str, set[str]] = {}
    for result in results:
        runs.setdefault(result.protocol, set()).add(result.run)
    ordered = sorted(runs, key=lambda name: (-len(runs[name]), name))
    return ", ".join(f"{name} ({len(runs[name])} run{'' if len(runs[name]) == 1 else 's'})" for name in ordered)
