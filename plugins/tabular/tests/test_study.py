"""The study: its recorded result is what the page says, and a small one runs."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from lab_tabular import kernels, rng
from lab_tabular.maze import load_maze
from lab_tabular.study.__main__ import main
from lab_tabular.study.as_written import as_published
from lab_tabular.study.exact import best_walk, exact
from lab_tabular.study.experiments import book, interval
from lab_tabular.study.record import CLEAR, LOST, THROUGH, UNDECIDED, greedy_walk, record
from lab_tabular.study.tables import tables
from lab_tabular.tables import maze_problem, world
from lab_tabular.tasks import tasks

RECORD = Path(__file__).parents[1] / "results" / "mazes.json"
PAGE = Path(__file__).parents[3] / "docs" / "tabular.md"
FOUND = json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.mark.skipif(not PAGE.exists(), reason="the page is not part of the package")
@pytest.mark.parametrize("name", tables(FOUND))
def test_the_page_holds_the_recorded_table(name):
    assert tables(FOUND)[name] in PAGE.read_text(encoding="utf-8")


@pytest.mark.skipif(not PAGE.exists(), reason="the page is not part of the package")
def test_numbers_between_the_tables_are_recorded_ones():
    def after(section, task, mark, change=None):
        entry = next(one for one in FOUND[section] if one["task"] == task and one.get("change") == change)
        return entry["after"][str(mark)]

    q, sarsa, expected = "q-learning-maze-traps", "sarsa-maze-traps", "expected-sarsa-maze-traps"
    said = {
        "95.9 % of seeds, all by 50": after("book", "q-learning-maze", 30)["reached"],
        "27.5 % reach the treasure at all by 50": after("book", q, 50)["reached"],
        "96.3 % by 20, all by 30": after("book", "sarsa-maze", 20)["reached"],
        "67.3 % of seeds after 200 episodes": after("book", sarsa, 200)["lost"]["share"],
        "left 71.2 % of the cells blank": after("book", q, 20)["cells_all_zero"],
        "only 40.1 %, though 0.3 %": after("book", expected, 20)["cells_all_zero"],
        "from 32.7 % to 80.8 %": after("variants", sarsa, 200, "book")["reached"],
        "80.7 % of seeds reach the treasure by episode 50": after("variants", q, 50, "max_steps=50")["reached"],
        "SARSA is lost in 77.2 %": after("variants", sarsa, 200, "max_steps=30")["lost"]["share"],
        "0.3 % of\nseeds are lost": after("long", sarsa, 20000, "book")["lost"]["share"],
    }
    page = PAGE.read_text(encoding="utf-8")
    for text, share in said.items():
        assert text in page
        assert f"{100 * share:.1f} %" in text
    assert next(one for one in FOUND["book"] if one["task"] == q)["reaches_first"]["50"] == 74
    assert after("book", "q-learning-maze", 50)["reached"] == after("book", "sarsa-maze", 30)["reached"] == 1.0
    assert after("variants", q, 200, "random_when_zero=false")["lost"]["share"] == 1.0
    assert after("variants", sarsa, 200, "ties=random")["reached"] == 0.808
    for task in (q, sarsa, expected):
        assert after("long", task, 20000, "epsilon=0.3 gamma=0.99")["clear of traps"]["share"] == 1.0


def test_recorded_numbers_without_chance_are_still_what_comes_out():
    assert exact()["best_walks"] == [pytest.approx(walk) for walk in FOUND["exact"]["best_walks"]]
    assert as_published() == FOUND["as_published"]


def test_the_first_seeds_still_train_as_recorded():
    """A recording of few seeds agrees with the recorded shares of many: the record belongs to this code."""
    for entry in FOUND["book"]:
        task = next(one for one in tasks() if one.id == entry["task"])
        rule = {"q-learning": 0, "sarsa": 1, "expected-sarsa": 2}[task.method]
        few = record(rule, book(task), [50, 200], 200).outcome
        for column, mark in enumerate((50, 200)):
            low, high = interval(int((few[:, column] >= THROUGH).sum()), 200)
            assert low - 0.02 <= entry["after"][str(mark)]["reached"] <= high + 0.02


def test_the_greedy_walk_by_hand():
    problem = maze_problem(load_maze("traps"))

    def walk(actions, random_ties=False, when_zero=True, steps=30):
        q = np.zeros((45, 4))
        for cell, action in actions.items():
            q[cell, action] = 1.0
        return greedy_walk(q, problem.table, random_ties, when_zero, steps)

    through = {10: 1, 19: 3, 20: 3, 21: 3, 22: 3, 23: 3}
    around = {10: 1, 19: 1, 28: 3, 29: 3, 30: 3, 31: 3, 32: 3, 33: 0}
    assert walk(through) == (THROUGH, 6, False)
    assert walk(around) == (CLEAR, 8, False)
    assert walk(around, steps=7)[0] == LOST
    assert walk({10: 1}) == (UNDECIDED, 1, False)
    assert walk({10: 1}, when_zero=False) == (LOST, 30, False)  # down and, by the first of the ties, up again
    assert walk({10: 0}) == (LOST, 30, True)
    assert walk({}, random_ties=True, when_zero=False)[0] == UNDECIDED


def test_recording_trains_as_a_single_run_of_the_kernel_does():
    task = next(one for one in tasks() if one.id == "sarsa-maze-traps")
    config, problem = book(task), maze_problem(load_maze("traps"))
    recording = record(kernels.SARSA, config, [10, 60], 3)
    for seed in range(3):
        q, visits = np.zeros((45, 4)), np.zeros((45, 4), np.int64)
        returns, lengths = np.zeros(60), np.zeros(60, np.int64)
        step = kernels.Step(0.9, 0.1, 0.0, False, True, 50)
        before = (kernels.SARSA, q, visits, rng.stream(seed), world(problem.table), step, np.full(60, 0.1))
        kernels.run_episodes(*before, returns, lengths)
        assert recording.returns[seed] == pytest.approx([returns[:10].mean(), returns[10:].mean()])
        walk = greedy_walk(q, problem.table, False, True, 50)
        assert (recording.outcome[seed, 1], recording.moves[seed, 1], recording.still[seed, 1]) == walk
        assert recording.blank[seed, 1] == np.mean([not q[cell].any() for cell in np.flatnonzero(problem.representative >= 0)])


def test_walks_and_the_discount_at_which_the_detour_pays():
    assert best_walk("traps", 0.9, 0.0) == {"moves": 6, "traps": 1, "value": pytest.approx(55.404)}
    assert best_walk("traps", 0.98, 0.0) == {"moves": 8, "traps": 0, "value": pytest.approx(100 * 0.98**7)}
    turn = exact()["detour_pays_from_gamma"]
    assert 100 * turn**7 == pytest.approx(100 * turn**5 - 5 * turn**3)


def test_wilson_interval_against_a_published_example():
    # Newcombe (1998), method 3 in table I: 81 of 263 and 15 of 148
    assert interval(81, 263) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert interval(15, 148) == (pytest.approx(0.0624, abs=5e-5), pytest.approx(0.1605, abs=5e-5))
    assert interval(0, 20)[0] == 0
    assert math.isclose(interval(20, 20)[1], 1)


def test_tables_and_bad_options_from_the_command_line(capsys, tmp_path):
    main(["tables"])
    assert "| Q-learning | plain |" in capsys.readouterr().out
    for arguments, part in ((["--seeds", "0"], "at least 1"), (["tables", "--record", str(tmp_path / "no")], "can't be read")):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
        assert part in capsys.readouterr().err
