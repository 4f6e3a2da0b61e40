"""Atari games side by side: ale-py's C++ vector environment with every setting spelt out.

Facts about ale-py 0.12.1 that this module is built around, each held by a test:

* ``episodic_life=True`` restarts the whole game at each lost life, and ``life_loss_info=True`` reports each life as an end, so
  neither is used: lost lives are read from the counter of lives, in a column of their own.
* Rewards are clipped by default, with no raw reward left: here they come raw, and a learner clips them.
* FIRE is pressed at most at a reset, never after a lost life, where games such as Breakout wait for it: pressed here.
* An action out of range kills a worker's step and ``recv`` then waits for ever: actions are checked before they are sent.
* SAME_STEP mode reports the next game's lives with the last game's end and resets inside the step. NEXT_STEP is used: the step
  after an end only begins a new game (its action is ignored, its reward 0, marked ``begun``), nothing is hidden, and
  :meth:`AtariVector.begin` can put a seeded game there instead.
* A stack is filled up with black frames when a game begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lab_core.errors import LabError
from lab_environments.games import find_rom

if TYPE_CHECKING:
    from lab_environments.config import PlayConfig


@dataclass(frozen=True, slots=True)
class AtariStep:
    """What one step of all games brought. Every array is [games, ...] and owned by the caller: later steps don't change it.

    observations  uint8 [games, stack, height, width], oldest frame first; with ``grey=False`` a last axis of 3
    rewards       int32, raw
    terminated    the game is over
    truncated     the game was cut at the frame cap
    life_lost     a life was lost and the game goes on; ``terminated | life_lost`` ends learning episodes
    begun         this step only began a new game: its action was ignored
    actions       int32, those really taken: FIRE where it was pressed for the policy
    forced        FIRE was pressed, whatever had been chosen
    lives         int32
    scores        float64, raw score of the running game; final where it ended
    lengths       int64, agent steps of the running game; final where it ended
    """

    observations: NDArray[np.uint8]
    rewards: NDArray[np.int32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    life_lost: NDArray[np.bool_]
    begun: NDArray[np.bool_]
    actions: NDArray[np.int32]
    forced: NDArray[np.bool_]
    lives: NDArray[np.int32]
    scores: NDArray[np.float64]
    lengths: NDArray[np.int64]

    @property
    def over(self) -> NDArray[np.bool_]:
        """Games that ended here, either way; the next step begins new ones there."""
        return self.terminated | self.truncated


class AtariVector:
    """``count`` games of one cartridge. ``send`` and ``receive`` let emulation overlap with learning; ``step`` is both.

    game         any spelling of a cartridge that ale-py ships; UsageError with the nearest names otherwise
    size         height and width of a frame after area interpolation
    stack        newest frames in one observation; 1 for trainers that keep their own history
    grey         luminance, or RGB
    frame_skip   frames that an action is held
    max_pool     pixelwise maximum of the last two frames, against sprites that flicker
    sticky       chance, each frame, that the previous action is repeated
    noops        0 to this many frames of doing nothing begin a game, drawn evenly
    fire         press FIRE in the first step of a game and after a lost life, where the game has that action
    max_frames   cap behind the no-ops; a game that reaches it is truncated
    full_actions all 18 actions instead of those the game reacts to
    threads      emulator threads (ale-py holds them to the cores of the machine)
    """

    @classmethod
    def of(cls, config: "PlayConfig", count: int, *, stack: int, threads: int) -> "AtariVector":
        """The games of a config's settings."""
        return cls(
            config.game,
            count,
            size=config.observation_size,
            stack=stack,
            frame_skip=config.frame_skip,
            sticky=config.sticky,
            noops=config.noop_max,
            fire=config.fire,
            max_frames=config.max_frames,
            full_actions=config.full_action_space,
            threads=threads,
        )

    def __init__(
        self,
        game: str,
        count: int,
        *,
        size: int | tuple[int, int] = 84,
        stack: int = 1,
        grey: bool = True,
        frame_skip: int = 4,
        max_pool: bool = True,
        sticky: float = 0.0,
        noops: int = 30,
        fire: bool = True,
        max_frames: int = 108_000,
        full_actions: bool = False,
        threads: int = 1,
    ) -> None:
        import ale_py
        from ale_py.vector_env import AtariVectorEnv

        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)  # else its banner lands in the progress display

        self.rom = find_rom(game)
        self.game = self.rom.replace("_", "-")
        self.count = count
        height, width = (size, size) if isinstance(size, int) else size
        self.frame_shape = (height, width) if grey else (height, width, 3)
        try:
            self._env = AtariVectorEnv(
                self.rom,
                count,
                batch_size=0,
                num_threads=max(1, threads),
                thread_affinity_offset=-1,
                max_num_frames_per_episode=max_frames,
                repeat_action_probability=sticky,
                full_action_space=full_actions,
                continuous=False,
                continuous_action_threshold=0.5,
                autoreset_mode="NextStep",
                img_height=height,
                img_width=width,
                grayscale=grey,
                stack_num=stack,
                frameskip=frame_skip,
                maxpool=max_pool,
                noop_max=noops + 1,  # it draws from 0 to one below
                episodic_life=False,
                life_loss_info=False,
                reward_clipping=False,
                use_fire_reset=False,
            )
        except Exception as error:
            raise LabError(f"The Atari game {self.game} can't be started: {error}.") from error
        self.action_names = tuple(str(action.name) for action in self._env.ale.get_action_set())
        self.actions = len(self.action_names)
        self.fire = self.action_names.index("FIRE") if fire and "FIRE" in self.action_names else None
        self._lives = np.zeros(count, np.int32)
        self._over = np.zeros(count, np.bool_)
        self._serving = np.zeros(count, np.bool_)
        self._scores = np.zeros(count, np.float64)
        self._lengths = np.zeros(count, np.int64)
        self._sent: NDArray[np.int32] | None = None
        self._started = False
        self.start_frames = np.zeros(count, np.int64)

    def reset(self, seed: int | Sequence[int]) -> NDArray[np.uint8]:
        """Begin a new game everywhere, game i from ``seed + i`` or ``seed[i]``; the first observations."""
        seeds = range(seed, seed + self.count) if isinstance(seed, int) else seed
        return self.begin(np.ones(self.count, np.bool_), seeds)

    def begin(self, games: NDArray[np.bool_], seeds: Sequence[int]) -> NDArray[np.uint8]:
        """Begin new games where ``games`` is true, one seed (0 to 2**31 - 1) for each; the current observations of all.

        A game is decided by its seed and its actions alone, whatever was played there before; -1 goes on with the stream of
        the game before, and saves the 70 ms in which the cartridge is loaded again. ``start_frames`` then holds the no-ops that
        were drawn. Not between ``send`` and ``receive``.
        """
        if self._sent is not None:
            raise RuntimeError("begin() between send() and receive()")
        values = np.array(seeds, np.int32)
        if self._started:
            observations, info = self._env.reset(seed=values, options={"reset_mask": games})
        elif games.all():
            observations, info = self._env.reset(seed=values)
        else:
            raise RuntimeError("begin() of some games before all")
        self._started = True
        self._lives = np.array(info["lives"], np.int32)
        self.start_frames = np.where(games, np.array(info["episode_frame_number"], np.int64), self.start_frames)
        self._over &= ~games
        self._serving |= games
        self._scores[games] = 0.0
        self._lengths[games] = 0
        return observations

    def forced(self, actions: ArrayLike) -> NDArray[np.int32]:
        """The actions that will really be taken if these are sent now: FIRE where the game waits for it."""
        chosen = np.asarray(actions, np.int32)
        if chosen.shape != (self.count,) or (chosen.size and (chosen.min() < 0 or chosen.max() >= self.actions)):
            raise LabError(f"{self.game} takes {self.count} actions from 0 to {self.actions - 1}; it was given {actions}.")
        return chosen if self.fire is None else np.where(self._serving, np.int32(self.fire), chosen)

    def send(self, actions: ArrayLike) -> NDArray[np.int32]:
        """Start one step of every game in the emulator's threads; returns the actions that are taken."""
        taken = self.forced(actions)
        self._env.send(taken)
        self._sent = taken
        return taken

    def receive(self) -> AtariStep:
        """Wait for the step that :meth:`send` started. The interpreter is free for other threads meanwhile."""
        if self._sent is None:
            raise RuntimeError("receive() without send()")
        observations, rewards, terminated, truncated, info = self._env.recv()
        taken, self._sent = self._sent, None
        begun, lives = self._over, np.array(info["lives"], np.int32)
        forced = self._serving if self.fire is not None else np.zeros(self.count, np.bool_)
        terminated, truncated = np.array(terminated, np.bool_), np.array(truncated, np.bool_)
        over = terminated | truncated
        fewer = (lives < self._lives) & ~over & ~begun
        self._serving = (begun | fewer) & ~over
        self._scores = np.where(begun, 0.0, self._scores + rewards)
        self._lengths = np.where(begun, 0, self._lengths + 1)
        self._lives, self._over = lives, over
        return AtariStep(
            observations=observations,
            rewards=np.array(rewards, np.int32),
            terminated=terminated,
            truncated=truncated,
            life_lost=fewer & (lives > 0),  # some games stay at 0 lives for a few frames before they end
            begun=begun.copy(),
            actions=taken,
            forced=forced,
            lives=lives.copy(),
            scores=self._scores.copy(),
            lengths=self._lengths.copy(),
        )

    def step(self, actions: ArrayLike) -> AtariStep:
        """One step of every game, ``actions`` whole numbers [games]; raises LabError for one that the game lacks."""
        self.send(actions)
        return self.receive()

    @property
    def lives(self) -> NDArray[np.int32]:
        """Lives left in each game now; 0 throughout in games that count none."""
        return self._lives.copy()

    def close(self) -> None:
        """End the emulator's threads."""
        if self._sent is not None:
            self.receive()
        self._env: Any = None
