"""The tables of docs/tabular.md, written from a recorded study; a test compares the page with them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_METHODS = {
    "q-learning": "Q-learning",
    "sarsa": "SARSA",
    "expected-sarsa": "Expected SARSA",
    "value-iteration": "value iteration",
}


def tables(found: Mapping[str, Any]) -> dict[str, str]:
    """Every table by name, as Markdown."""
    return {
        "published": _published(found),
        "book": _book(found),
        "ends": _ends(found),
        "zeros": _zeros(found),
        "walks": _walks(found),
        "variants": _variants(found),
        "long": _long(found),
        "scores": _scores(found),
    }


def methods(folder: Path) -> str:
    """The table of recorded runs outside the mazes, of the records in ``folder``."""
    rows: list[list[str]] = []
    for path in sorted(folder.glob("runs-*.json")):
        runs = json.loads(path.read_text(encoding="utf-8"))
        scores = [run["evaluations"][-1]["value"] for run in runs]
        if path.stem.endswith(("-maze", "-traps")):
            continue
        digits = 4 if runs[0]["evaluations"][-1]["benchmark"].startswith("values/") else 3
        rows.append(
            [
                f"`{runs[0]['task']}`",
                f"`{runs[0]['evaluations'][-1]['benchmark']}`",
                f"{sum(scores) / len(scores):.{digits}f}",
                f"{min(scores):.{digits}f} to {max(scores):.{digits}f}",
                f"{runs[0]['step']:,} {runs[0]['step_unit']}",
            ]
        )
    return _table(("task", "benchmark", "mean", f"range of {len(runs)} seeds", "training"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _name(entry: Mapping[str, Any]) -> tuple[str, str]:
    method, _, rest = entry["task"].partition("-maze")
    return _METHODS[method], "traps" if rest else "plain"


def _published(found: Mapping[str, Any]) -> str:
    rows = [
        [
            _METHODS[one["method"]],
            one["maze"],
            str(one["seed"]),
            "never" if one["first_walk_to_treasure"] is None else f"episode {one['first_walk_to_treasure']}",
            one["walk_after"]["200"],
            f"{one['treasures_in_last_50_episodes']} of 50",
        ]
        for one in found["as_published"]
    ]
    return _table(
        [
            "method",
            "maze",
            "its seed",
            "greedy walk first reaches the treasure",
            "greedy walk after 200",
            "last episodes with treasure",
        ],
        rows,
    )


def _book(found: Mapping[str, Any]) -> str:
    rows = []
    for entry in found["book"]:
        after = entry["after"]
        median = entry["reaches_first"]["50"]
        reached = [_percent(after[mark]["reached"]) for mark in ("20", "30", "50", "100", "200")]
        rows.append([*_name(entry), *reached, "more than 200" if median is None else f"{median:.0f}"])
    return _table(["method", "maze", "by 20", "by 30", "by 50", "by 100", "by 200", "median episode"], rows)


def _ends(found: Mapping[str, Any]) -> str:
    rows = []
    for entry in found["book"]:
        after = entry["after"]["200"]
        cells = [
            f"{_percent(after[name]['share'])} ({100 * after[name]['low']:.1f} to {100 * after[name]['high']:.1f})"
            for name in ("clear of traps", "through a trap", "undecided", "lost")
        ]
        if entry["task"].endswith("traps"):
            rows.append([_name(entry)[0], *cells])
    return _table(["method", "clear of traps", "through a trap", "undecided", "lost"], rows)


def _zeros(found: Mapping[str, Any]) -> str:
    rows = []
    for entry in found["book"]:
        if entry["task"].endswith("traps"):
            after = entry["after"]
            shares = [_percent(after[mark]["cells_all_zero"]) for mark in ("20", "50", "100", "200")]
            rows.append([_name(entry)[0], *shares, _percent(after["200"]["lost_standing_still"])])
    return _table(
        ["method", "all-zero cells after 20", "after 50", "after 100", "after 200", "lost by standing still after 200"], rows
    )


def _walks(found: Mapping[str, Any]) -> str:
    rows = [
        [f"{walk['gamma']:g}", f"{walk['epsilon']:g}", str(walk["moves"]), str(walk["traps"]), f"{walk['value']:.2f}"]
        for walk in found["exact"]["best_walks"]
        if walk["maze"] == "traps"
    ]
    return _table(["discount", "random actions", "moves", "traps", "value of the start"], rows)


def _variants(found: Mapping[str, Any]) -> str:
    changes = list(dict.fromkeys(entry["change"] for entry in found["variants"]))
    rows = []
    for change in changes:
        row = ["the source's" if change == "book" else f"`{change}`"]
        for entry in [one for one in found["variants"] if one["change"] == change]:
            after = entry["after"]["200"]
            row.append(f"{_percent(after['reached'])} / {_percent(after['lost']['share'])}")
        rows.append(row)
    return _table(["settings", "Q-learning", "SARSA", "Expected SARSA"], rows)


def _long(found: Mapping[str, Any]) -> str:
    rows = []
    for entry in found["long"]:
        change = "the source's" if entry["change"] == "book" else f"`{entry['change']}`"
        cells = []
        for mark in ("200", "2000", "20000"):
            after = entry["after"][mark]
            cells.append(" / ".join(_percent(after[name]["share"]) for name in ("clear of traps", "through a trap", "lost")))
        rows.append([change, _name(entry)[0], *cells])
    return _table(["settings", "method", "200 episodes", "2,000", "20,000"], rows)


def _scores(found: Mapping[str, Any]) -> str:
    rows = []
    for one in found["scores"]:
        anchors = found["exact"]["anchors"]["traps" if one["task"].endswith("traps") else "plain"]
        rows.append(
            [
                f"`{one['task']}`",
                one["preset"],
                f"{one['mean']:.2f}",
                f"{one['least']:.2f} to {one['most']:.2f}",
                f"{anchors['optimum']:.2f}",
                f"{anchors['random']:.2f}",
            ]
        )
    return _table(["task", "preset", "mean score", "range over 20 seeds", "optimum", "random"], rows)
