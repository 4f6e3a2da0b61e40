"""A person at the controls: keys become actions, whole episodes become a score, a sitting becomes a row."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab_app.display import Sink
from lab_app.display.controls import Controls, Key
from lab_app.display.human import Keyboard, Person, keep, method_of, next_seed, play_as_person, playable
from lab_app.results.leaderboard import leaderboard
from lab_app.results.results import stored_results
from lab_app.runs.store import Store
from lab_app.runs.target import find_target
from lab_core import Benchmark, LabError, Score, UsageError
from lab_core.registry.registry import Registry
from lab_core.scene import Actions, Frame, Scene
from lab_core.training.job import execute
from lab_core.training.spec import JobSpec

JOYSTICK = Actions(
    ("nothing", "fire", "right", "left", "right fire"),
    (frozenset(), frozenset({"space"}), frozenset({"right"}), frozenset({"left"}), frozenset({"right", "space"})),
    waits=False,
)
TURNS = Actions(("left", "right"), (frozenset({"left"}), frozenset({"right"})), waits=True)
BENCHMARK = Benchmark(
    id="toy/steer",
    title="Steer",
    needs="act",
    score=Score("return"),
    evaluator="-:-",
    protocols={"plain": {"count": 3, "epsilon": 0.0}},
    default_protocol="plain",
)


class Now:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def decide(person: Person) -> str:
    chosen, _ = person.act(np.zeros((1, 1)), None, epsilon=0.0, rng=np.random.default_rng(0))
    return person.actions.names[int(chosen[0])]


def test_held_keys_are_the_joystick() -> None:
    keyboard = Keyboard()
    person = Person(JOYSTICK, keyboard, lambda: None)

    def press(name: str, down: bool = True) -> str:
        keyboard.take(Key(name, down), releases=True)
        return decide(person)

    assert decide(person) == "nothing"
    assert press("right") == "right"
    assert decide(person) == "right"  # as long as it is held
    assert press("space") == "right fire"
    assert press("left") == "right fire"  # more keys held than left alone
    assert press("space", False) == "left"  # the newest of two that contradict each other
    assert press("left", False) == "right"
    assert press("right", False) == "nothing"
    assert press("x") == "nothing"


def test_a_tap_between_two_decisions_counts_once() -> None:
    keyboard = Keyboard()
    person = Person(JOYSTICK, keyboard, lambda: None)
    keyboard.take(Key("space"), releases=True)
    keyboard.take(Key("space", False), releases=True)
    assert [decide(person), decide(person)] == ["fire", "nothing"]


def test_without_releases_a_key_is_held_for_a_moment() -> None:
    now = Now()
    keyboard = Keyboard(now)
    person = Person(JOYSTICK, keyboard, lambda: None)
    keyboard.take(Key("left"), releases=False)
    assert decide(person) == "left"
    now.time += 0.2
    assert decide(person) == "left"
    keyboard.take(Key("left"), releases=False)  # the terminal repeats it
    now.time += 0.2
    assert decide(person) == "left"
    now.time += 0.2
    assert decide(person) == "nothing"


def test_where_there_is_no_action_of_doing_nothing_the_last_one_goes_on() -> None:
    keyboard = Keyboard()
    person = Person(Actions(("left", "right"), TURNS.keys, waits=False), keyboard, lambda: None)
    assert decide(person) == "left"
    keyboard.take(Key("right"), releases=True)
    keyboard.take(Key("right", False), releases=True)
    assert [decide(person), decide(person)] == ["right", "right"]


def test_turn_by_turn_each_press_is_one_action() -> None:
    keyboard, waits = Keyboard(), []

    def wait() -> None:
        waits.append(1)
        if len(waits) == 3:
            keyboard.take(Key("x"), releases=True)
            keyboard.take(Key("right"), releases=True)

    person = Person(TURNS, keyboard, wait)
    assert decide(person) == "right"
    assert len(waits) == 3
    keyboard.take(Key("left"), releases=True)
    assert decide(person) == "left"


class Steering(Scene):
    """Pays the number of each action; an episode has four steps."""

    def __init__(self, actions: Actions | None = JOYSTICK) -> None:
        super().__init__(BENCHMARK)
        self._actions = actions
        self.seeds: list[int] = []
        self.closed = 0

    def actions(self, protocol: str | None = None) -> Actions | None:
        return self._actions

    def frames(self, model: Any, *, seed: int, options: Any) -> Iterator[Frame]:
        self.seeds.append(seed)
        rng = np.random.default_rng(0)
        try:
            while True:
                score = 0.0
                yield Frame(np.zeros((4, 4, 3), np.uint8), "begin", fps=1000)
                for step in range(1, 5):
                    chosen, _ = model.act(np.zeros((1, 1)), None, epsilon=0.0, rng=rng)
                    score += float(chosen[0])
                    figures = {"score": score, "length": 4.0} if step == 4 else None
                    yield Frame(np.zeros((4, 4, 3), np.uint8), f"step {step}", fps=1000, last=step == 4, episode=figures)
        finally:
            self.closed += 1


class Fingers(Sink):
    """Presses keys by a script, one entry each time it is asked; the person leaves when it is used up."""

    def __init__(self, script: Callable[[list[str]], list[Key] | None], *, key_releases: bool = True) -> None:
        self.captions: list[str] = []
        self.script = script
        self.key_releases = key_releases
        self.left = False

    def show(self, frame: Frame, caption: str) -> None:
        self.captions.append(caption)

    def pressed(self) -> list[Key]:
        keys = self.script(self.captions)
        self.left = self.left or keys is None
        return keys or []

    @property
    def closed(self) -> bool:
        return self.left


def play(script: Callable[[list[str]], list[Key] | None], **settings: Any) -> tuple[Any, Fingers, Steering]:
    fingers, scene = Fingers(script), Steering(settings.pop("actions", JOYSTICK))
    evaluation, _ = play_as_person(scene, [fingers], playable(scene, "plain"), protocol="plain", seed=5, **settings)
    return evaluation, fingers, scene


def held_from_the_start(*names: str) -> Callable[[list[str]], list[Key] | None]:
    """Begins the game, holds keys, and begins each further game."""
    begun: list[int] = []

    def script(captions: list[str]) -> list[Key] | None:
        asked = "space to begin" in captions[-1] or "space: the next one" in captions[-1]
        if asked and len(captions) not in begun:
            begun.append(len(captions))
            return [Key("space"), Key("space", False), *(Key(name) for name in names)]
        return []

    return script


def test_whole_episodes_are_scored_on_their_seed() -> None:
    evaluation, fingers, scene = play(held_from_the_start("right"), episodes=2)
    assert evaluation.scores == (8.0, 8.0)  # four steps of action 2 each
    assert (evaluation.seed, evaluation.protocol, evaluation.benchmark) == (5, "plain", "toy/steer")
    assert evaluation.settings == {"epsilon": 0.0}
    assert (evaluation.details, evaluation.steps) == ({"length": (4.0, 4.0)}, 8)
    assert scene.seeds == [5]
    assert scene.closed == 1
    assert "space to begin" in fingers.captions[0]
    assert "right: right" in fingers.captions[0]
    assert fingers.help.startswith("space: fire")


def test_nothing_moves_before_the_person_begins() -> None:
    looks = itertools.count()
    evaluation, fingers, _ = play(lambda captions: None if next(looks) > 20 else [])
    assert evaluation is None
    assert {caption.split("  ·  ")[0] for caption in fingers.captions} == {"begin"}


def test_an_episode_that_was_left_does_not_count() -> None:
    script = held_from_the_start("left")

    def leave(captions: list[str]) -> list[Key] | None:
        over = [at for at, caption in enumerate(captions) if caption.startswith("step 4")]
        if over and captions[-1].startswith("step 2"):
            return None
        return script(captions)

    evaluation, _, scene = play(leave)
    assert evaluation.scores == (12.0,)
    assert scene.closed == 1


def test_a_person_who_leaves_while_the_environment_waits_is_let_go() -> None:
    looks = itertools.count()

    def script(captions: list[str]) -> list[Key] | None:
        look = next(looks)
        return [Key("space")] if look == 0 else None if look > 30 else []

    evaluation, fingers, scene = play(script, actions=TURNS)
    assert evaluation is None
    assert scene.closed == 1
    assert fingers.captions[-1].startswith("begin")  # waiting for a first move


def test_what_a_person_cannot_play_says_why() -> None:
    with pytest.raises(LabError, match="toy/steer can't be played by a human"):
        playable(Steering(None), "plain")


def test_a_sitting_is_a_row_of_the_leaderboard(tmp_path: Path) -> None:
    evaluation, _, _ = play(held_from_the_start("right"), episodes=1)
    other, _, _ = play(held_from_the_start("left"), episodes=1)
    ada, bob = method_of(" Ada  L. "), method_of("Bob")
    assert next_seed(tmp_path, ada, "toy/steer") == 0
    run = keep(tmp_path, BENCHMARK, evaluation, method=ada, command=("lab", "play"))
    keep(tmp_path, BENCHMARK, other, method=bob)
    assert run.record.id.startswith("human/")
    with pytest.raises(UsageError, match="played by a human: it has no model"):
        find_target(run.record.id, tmp_path, Registry())
    with pytest.raises(UsageError, match="nothing to resume"):
        execute(JobSpec(resume=str(run.folder)), Registry())
    assert next_seed(tmp_path, ada, "toy/steer") == 6
    assert next_seed(tmp_path, ada, "toy/other") == 0
    registry = Registry()
    registry.add_benchmark(BENCHMARK, "toys")
    (table,) = leaderboard(stored_results(Store(tmp_path), registry), {"toy/steer": BENCHMARK})
    assert [(entry.method, entry.summary.mean) for entry in table.entries] == [("human (Bob)", 12.0), ("human (Ada L.)", 8.0)]
    assert table.notes == ()


@pytest.mark.parametrize("name", ["", "  ", "a" * 41, "x(y)", "tab\x1b"])
def test_names_are_checked(name: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        method_of(name)


# Controls of someone who watches


def test_keys_pause_step_and_change_the_speed() -> None:
    controls = Controls()
    assert controls.take_step()
    assert controls.press("space")
    assert (controls.take_step(), controls.caption()) == (False, "paused")
    controls.press(".")
    controls.press("right")
    assert [controls.take_step() for _ in range(3)] == [True, True, False]
    controls.press("p")
    assert controls.take_step()
    for _ in range(9):
        controls.press("+")
    assert controls.speed == 16
    for _ in range(20):
        controls.press("-")
    assert (controls.speed, controls.caption()) == (0.125, "speed 0.125")
    assert not controls.press("x")


def test_keys_change_the_share_of_random_actions() -> None:
    controls = Controls()
    seen: list[float | None] = []
    for key in "]]]][[[[[":
        controls.press(key)
        seen.append(controls.epsilon)
    assert seen == [0.0, 0.01, 0.05, 0.1, 0.05, 0.01, 0.0, None, None]  # None: the protocol's own
    controls.press("o")
    assert controls.overlay


def test_a_player_keeps_the_arrows_and_space() -> None:
    controls = Controls(playing=True)
    assert not any(controls.press(key) for key in ("space", "left", "right", "o", ".", "]"))
    assert controls.press("p")
    assert controls.paused
