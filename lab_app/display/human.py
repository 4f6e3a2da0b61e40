"""A person plays a benchmark: by the rules by which models are scored, on the same seeded episodes, and scored as they are.

The person is a model that acts by the keys that are held. A sitting is a run of the method ``human (NAME)``, so that it has
its row on the leaderboard. Only whole episodes count.
"""

import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lab_app.display.controls import Controls, Key
from lab_app.display.player import Desk, Played, play
from lab_app.display.sink import Sink
from lab_app.runs.store import Store
from lab_core.benchmark import Benchmark
from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation
from lab_core.machine.versions import library_versions, machine
from lab_core.model import Act, Model, State
from lab_core.runs.run import PERSON, Run, RunRecord
from lab_core.scene import Actions, Frame, Scene
from lab_core.training.evaluation import reported_seed

if TYPE_CHECKING:
    import numpy as np

_HELD = 0.3  # seconds for which a key counts as held where its release can't be seen (a terminal)
_LOOK = 0.01
_FASTEST = 15.0  # decisions a second at which a person plays what goes on by itself; as in Atari, four frames each
_PROMPT = 10.0  # pictures a second where the environment waits for a key: one a move, also on a film


class Keyboard:
    """Which keys are down, and which were pressed since the last decision."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._down: dict[str, tuple[int, float | None]] = {}  # when it went down, when it is taken to be up again
        self._presses: list[str] = []

    def take(self, key: Key, *, releases: bool) -> None:
        """A key went down or up; without ``releases`` it is down for a moment."""
        if not key.down:
            self._down.pop(key.name, None)
            return
        self._presses.append(key.name)
        self._down[key.name] = (next(self._order), None if releases else self._clock() + _HELD)

    def held(self) -> dict[str, int]:
        """Keys that are down, or were since the last call, each with its order: the newest is the greatest."""
        now = self._clock()
        self._down = {name: (order, end) for name, (order, end) in self._down.items() if end is None or now < end}
        found = dict.fromkeys(self._presses, -1)  # tapped between two decisions: it counts all the same
        found.update({name: order for name, (order, _) in self._down.items()})
        self._presses = []
        return found

    def presses(self) -> list[str]:
        """Keys pressed since the last call, oldest first."""
        found, self._presses = self._presses, []
        return found


class Person(Model, Act):
    """Acts by the keyboard. ``wait`` is called while the environment waits for a key, and may raise."""

    observation: Mapping[str, Any] = {}

    def __init__(self, actions: Actions, keyboard: Keyboard, wait: Callable[[], None]) -> None:
        self.actions = actions
        self.keyboard = keyboard
        self._wait = wait
        self._last = next((at for at, keys in enumerate(actions.keys) if not keys), 0)

    def act(
        self, observations: "np.ndarray", state: State, *, epsilon: float, rng: "np.random.Generator"
    ) -> tuple["np.ndarray", State]:
        """The person's action [1]; ``epsilon`` is left to the protocol."""
        import numpy as np

        return np.array([self._pressed() if self.actions.waits else self._held()]), state

    def save(self, folder: Path) -> None:
        raise LabError("A person can't be saved.")

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "Person":
        raise LabError("A person can't be loaded.")

    def _held(self) -> int:
        """The action of which most keys are held, the newest of equals; the last one again where none fits."""
        held = self.keyboard.held()
        fitting = [at for at, keys in enumerate(self.actions.keys) if keys <= held.keys()]
        if fitting:
            self._last = max(fitting, key=lambda at: (len(self.actions.keys[at]), sum(held[k] for k in self.actions.keys[at])))
        return self._last

    def _pressed(self) -> int:
        """The action of the next key that is pressed."""
        while True:
            for name in self.keyboard.presses():
                for at, keys in enumerate(self.actions.keys):
                    if keys == frozenset((name,)):
                        return at
            self._wait()


def keys_text(actions: Actions) -> str:
    """The keys in a line: ``left: left · space: fire``. Combinations of keys are left out."""
    parts = [f"{key}: {name}" for name, keys in zip(actions.names, actions.keys, strict=True) if len(keys) == 1 for key in keys]
    return " · ".join(parts)


def playable(scene: Scene, protocol: str) -> Actions:
    """The actions of a scene as a person plays them; raises LabError where a person can't."""
    actions = scene.actions(protocol)
    if actions is None:
        raise LabError(f"{scene.benchmark.id} can't be played by a human: there are no keys for its actions.")
    return actions


def play_as_person(
    scene: Scene,
    sinks: Sequence[Sink],
    actions: Actions,
    *,
    protocol: str,
    seed: int,
    episodes: int | None = None,
) -> tuple[Evaluation | None, Played]:
    """Let a person play until they stop or ``episodes`` are over; the evaluation of the whole episodes, None without one.

    ``actions`` are those of :func:`playable`. Raises LabError where there is nothing to show pictures on.
    """
    keyboard = Keyboard()
    controls = Controls(playing=True)
    figures: list[Mapping[str, float]] = []

    def typed(key: Key, sink: Sink) -> None:
        if controls.paused and key.down and key.name in ("space", "enter"):
            controls.paused, controls.message = False, ""
            keyboard.held()  # what was pressed before the game begins is no move
        else:
            keyboard.take(key, releases=sink.key_releases)

    def ended(episode: Mapping[str, float]) -> None:
        figures.append(episode)
        if episodes is None or len(figures) < episodes:
            controls.paused, controls.message = True, "space: the next one · q: end"

    desk = Desk(controls, typed=typed)

    def wait() -> None:
        desk.listen()
        time.sleep(_LOOK)

    text = keys_text(actions)
    controls.paused, controls.message = True, f"space to begin · {text} · p pause · q end"
    for sink in sinks:
        sink.help = f"{text} · p: pause · + -: speed · q: end"
    start = time.monotonic()
    person = Person(actions, keyboard, wait)
    played = play(
        _AtAPersonsPace(scene, waits=actions.waits),
        person,
        sinks,
        seed=reported_seed(seed),
        episodes=episodes,
        options={"protocol": protocol},
        desk=desk,
        ended=ended,
    )
    if not figures:
        return None, played
    return _evaluation(scene.benchmark, protocol, seed, figures, time.monotonic() - start), played


class _AtAPersonsPace(Scene):
    """A scene at a rate at which a person can decide."""

    def __init__(self, scene: Scene, *, waits: bool) -> None:
        super().__init__(scene.benchmark)
        self._scene, self._waits = scene, waits

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        for frame in self._scene.frames(model, seed=seed, options=options):
            yield replace(frame, fps=_PROMPT if self._waits else min(frame.fps, _FASTEST))


def _evaluation(
    benchmark: Benchmark, protocol: str, seed: int, figures: Sequence[Mapping[str, float]], wall_seconds: float
) -> Evaluation:
    rules = benchmark.protocol(protocol)[1]
    scores = tuple(episode["score"] for episode in figures)
    names = [name for name in figures[0] if name != "score"]
    return Evaluation(
        benchmark=benchmark.id,
        protocol=protocol,
        settings={name: value for name, value in rules.items() if name != "count"},
        seed=seed,
        scores=scores,
        value=sum(scores) / len(scores),
        details={name: tuple(episode[name] for episode in figures) for name in names},
        wall_seconds=wall_seconds,
        steps=int(sum(episode.get("length", 0.0) for episode in figures)),
    )


def method_of(name: str) -> str:
    """``human (NAME)``; raises UsageError for a name that is none."""
    tidy = " ".join(name.split())
    if not re.fullmatch(r"[^\x00-\x1f()]{1,40}", tidy):
        raise UsageError(f"--name {name!r} is not a valid name.", "One to 40 letters without brackets are expected.")
    return f"human ({tidy})"


def next_seed(runs_dir: Path, method: str, benchmark: str) -> int:
    """A seed whose episodes this player hasn't seen on this benchmark: the first after those of earlier sittings."""
    if not runs_dir.is_dir():
        return 0
    rows = [row for row in Store(runs_dir).runs(task=PERSON) if row.method == method and row.benchmark == benchmark]
    return max((row.seed for row in rows), default=-1) + 1


def keep(runs_dir: Path, benchmark: Benchmark, evaluation: Evaluation, *, method: str, command: Sequence[str] = ()) -> Run:
    """Store a sitting as a completed run of the method, scored by what was played."""
    record = RunRecord(
        task=PERSON,
        plugin="",
        method=method,
        preset="play",
        benchmark=msgspec.to_builtins(benchmark),
        seed=evaluation.seed,
        device="person",
        machine=machine(),
        versions=library_versions(),
        command=list(command),
        step_unit="agent steps",
        status="completed",
        wall_seconds=evaluation.wall_seconds,
    )
    run = Run.create(runs_dir, record)
    run.add_evaluation(evaluation)
    Store(runs_dir).record(run)
    return run
