"""A game in colour, in step with one that the vector environment plays: it has no pictures of its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_environments.protocol import AtariProtocol


class Mirror:
    """Plays what one game of an :class:`~lab_environments.atari.AtariVector` plays, frame by frame, and keeps the picture.

    The same seed, no-ops and actions give the same game, sticky actions included, because both hold the same emulator.
    """

    def __init__(self, rom: str, protocol: AtariProtocol) -> None:
        import ale_py
        from ale_py import roms

        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
        self._ale: Any = ale_py.ALEInterface()
        self._ale.setFloat("repeat_action_probability", protocol.sticky)
        self._path = roms.get_rom_path(rom)
        self._protocol = protocol
        self._frames = 0

    def begin(self, seed: int, noops: int) -> None:
        """The game of a seed, behind as many frames of doing nothing."""
        import ale_py

        self._ale.setInt("random_seed", seed)
        self._ale.loadROM(self._path)
        full = self._protocol.actions == "full"
        self._actions = self._ale.getLegalActionSet() if full else self._ale.getMinimalActionSet()
        self._ale.reset_game()
        self._frames = 0
        for _ in range(noops):
            self._ale.act(ale_py.Action.NOOP)
        self._picture = self._ale.getScreenRGB()

    def step(self, action: int) -> int:
        """Hold an action, by its number, for the protocol's frames; the raw reward."""
        reward, skip = 0, self._protocol.frame_skip
        before = None
        for frame in range(1, skip + 1):
            reward += int(self._ale.act(self._actions[action]))
            self._frames += 1
            if self._ale.game_over() or self._frames >= self._protocol.max_frames:
                break
            if frame == skip - 1:
                before = self._ale.getScreenRGB()
        self._picture = self._ale.getScreenRGB()
        if before is not None:
            self._picture = np.maximum(before, self._picture)  # sprites drawn every other frame don't flicker
        return reward

    @property
    def picture(self) -> NDArray[np.uint8]:
        """uint8 [210, 160, 3] (a few cartridges are 250 high)."""
        return self._picture
