"""The records: ids, anchors, protocols, and how little it takes to list them."""

import subprocess
import sys

import pytest
from lab_environments.benchmarks import benchmarks
from lab_environments.games import ANCHORS, BOOK_GAMES, game_id, rom_names
from lab_environments.protocol import AtariProtocol, EpisodeProtocol, plain, read_protocol

from lab_core.config import Config
from lab_core.errors import LabError, UsageError
from lab_core.imports import load_object
from lab_core.registry.registry import Registry
from lab_core.task import Task

RECORDS = {record.id: record for record in benchmarks()}


def test_fifty_seven_games_with_their_anchors_and_suites():
    suite = [record for record in RECORDS.values() if "atari-57" in record.suites]
    assert len(suite) == 57
    assert all(record.score.normalise(record.score.reference) == 1.0 for record in suite)
    # 367 is CleanRL's DQN at 40 M frames: 12.7 times human by these anchors
    assert RECORDS["atari/breakout"].score.normalise(367.0) == pytest.approx(12.68, abs=0.01)
    assert RECORDS["atari/pong"].score.normalise(20.0) == pytest.approx(1.153, abs=0.001)
    assert {record.id for record in suite if "book-games" in record.suites} == {f"atari/{game}" for game in BOOK_GAMES}
    assert set(ANCHORS) <= set(rom_names())


def test_every_record_names_code_that_exists_and_protocols_that_are_valid():
    for record in RECORDS.values():
        assert load_object(record.evaluator, what=record.id)(record)
        assert load_object(record.scene, what=record.id)(record)
        kind = AtariProtocol if "game" in record.parameters else EpisodeProtocol
        for name in record.protocols:
            _, rules = read_protocol(kind, record, name)
            assert kind is EpisodeProtocol or rules.max_frames == 108_000
            open_ = {"max_steps"} if "{env}" in record.id else set()  # depends on whether the environment ends by itself
            assert set(record.protocols[name]) | open_ == {*plain(rules), "count"}, f"{record.id}: a setting is left to a default"


def test_templates_serve_what_has_no_record_of_its_own():
    class Game(Config, frozen=True, kw_only=True):
        game: str = "kaboom"

    registry = Registry()
    for record in RECORDS.values():
        registry.add_benchmark(record, "environments")
    task = Task(id="t", title="t", family="f", method="m", config="a:B", model="a:C", benchmark="atari/{game}",
                presets={"smoke": {}, "default": {}})  # fmt: skip
    other = registry.benchmark_of(task, Game())
    assert (other.id, other.parameters["game"], other.score.normalise(3.0)) == ("atari/kaboom", "kaboom", None)
    assert registry.benchmark_of(task, Game(game="pong")) == RECORDS["atari/pong"]


@pytest.mark.parametrize(
    ("text", "id_"),
    [("SpaceInvaders", "space-invaders"), ("up_n_down", "up-n-down"), ("Q*bert", "qbert"), ("MrDo", "mr-do"), ("pong", "pong")],
)
def test_a_game_has_one_id_however_it_is_written(text, id_):
    assert game_id(text) == id_


def test_bad_protocols_are_named():
    with pytest.raises(UsageError, match="dqn-classic"):
        read_protocol(AtariProtocol, RECORDS["atari/pong"], "dqn-clasic")
    with pytest.raises(LabError, match=r"greedy.*gym/cartpole"):
        read_protocol(AtariProtocol, RECORDS["gym/cartpole"], None)


def test_listing_loads_nothing_heavy():
    code = (
        "import sys, lab_environments; found = lab_environments.lab_benchmarks(); assert len(found) == 75; "
        "import lab_environments.games; "
        "print([name for name in ('numpy', 'gymnasium', 'ale_py', 'cv2', 'pygame') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
