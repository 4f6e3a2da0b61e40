"""The 57 games of the Atari benchmark: their ids and the scores of a random player and of a human. Light: the
emulator is only asked for others.

Anchors: 30 no-op starts, 108,000 frames at most, a professional tester; published with dqn_zoo (``atari_data.py``) after
Wang et al. 2016, table 2. Nature 2015 measured its humans differently (Breakout 31.8), so the two never mix.
"""

import re
from functools import lru_cache

from lab_core.errors import UsageError, unknown

# id: (random, human), raw game score
ANCHORS: dict[str, tuple[float, float]] = {
    "alien": (227.8, 7127.7),
    "amidar": (5.8, 1719.5),
    "assault": (222.4, 742.0),
    "asterix": (210.0, 8503.3),
    "asteroids": (719.1, 47388.7),
    "atlantis": (12850.0, 29028.1),
    "bank-heist": (14.2, 753.1),
    "battle-zone": (2360.0, 37187.5),
    "beam-rider": (363.9, 16926.5),
    "berzerk": (123.7, 2630.4),
    "bowling": (23.1, 160.7),
    "boxing": (0.1, 12.1),
    "breakout": (1.7, 30.5),
    "centipede": (2090.9, 12017.0),
    "chopper-command": (811.0, 7387.8),
    "crazy-climber": (10780.5, 35829.4),
    "defender": (2874.5, 18688.9),
    "demon-attack": (152.1, 1971.0),
    "double-dunk": (-18.6, -16.4),
    "enduro": (0.0, 860.5),
    "fishing-derby": (-91.7, -38.7),
    "freeway": (0.0, 29.6),
    "frostbite": (65.2, 4334.7),
    "gopher": (257.6, 2412.5),
    "gravitar": (173.0, 3351.4),
    "hero": (1027.0, 30826.4),
    "ice-hockey": (-11.2, 0.9),
    "jamesbond": (29.0, 302.8),
    "kangaroo": (52.0, 3035.0),
    "krull": (1598.0, 2665.5),
    "kung-fu-master": (258.5, 22736.3),
    "montezuma-revenge": (0.0, 4753.3),
    "ms-pacman": (307.3, 6951.6),
    "name-this-game": (2292.3, 8049.0),
    "phoenix": (761.4, 7242.6),
    "pitfall": (-229.4, 6463.7),
    "pong": (-20.7, 14.6),
    "private-eye": (24.9, 69571.3),
    "qbert": (163.9, 13455.0),
    "riverraid": (1338.5, 17118.0),
    "road-runner": (11.5, 7845.0),
    "robotank": (2.2, 11.9),
    "seaquest": (68.4, 42054.7),
    "skiing": (-17098.1, -4336.9),
    "solaris": (1236.3, 12326.7),
    "space-invaders": (148.0, 1668.7),
    "star-gunner": (664.0, 10250.0),
    "surround": (-10.0, 6.5),
    "tennis": (-23.8, -8.3),
    "time-pilot": (3568.0, 5229.2),
    "tutankham": (11.4, 167.6),
    "up-n-down": (533.4, 11693.2),
    "venture": (0.0, 1187.5),
    "video-pinball": (16256.9, 17667.9),
    "wizard-of-wor": (563.5, 4756.5),
    "yars-revenge": (3092.9, 54576.9),
    "zaxxon": (32.5, 9173.3),
}

BOOK_GAMES = ("beam-rider", "breakout", "pong", "seaquest", "space-invaders")

# Cartridges that only two players can play: the emulator has no single-player mode for them.
TWO_PLAYERS = ("combat", "joust", "maze-craze", "warlords")


def squash(text: str) -> str:
    """Letters and digits alone, lower case: ``SpaceInvaders``, ``space_invaders`` and ``space-invaders`` are one."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def game_id(text: str) -> str:
    """The id of a game however it is written: ``space-invaders`` for ``SpaceInvaders`` and ``space_invaders``.

    Names beyond the 57 become kebab-case; whether the emulator has them is seen when the game is started.
    """
    known = _SQUASHED.get(squash(text))
    if known is not None:
        return known
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text.strip())
    return re.sub(r"[\s_-]+", "-", words).lower()


def known_game(text: str) -> str:
    """The id of a game that can be played, however it is written; raises UsageError with the nearest names for any other."""
    found = game_id(text)
    if found in ANCHORS:
        return found
    return game_id(find_rom(text))


@lru_cache(maxsize=1)
def rom_names() -> tuple[str, ...]:
    """Every cartridge that ale-py ships and one player can play, in kebab-case."""
    from ale_py import roms

    names = (name.replace("_", "-") for name in roms.get_all_rom_ids())
    return tuple(sorted(name for name in names if name not in TWO_PLAYERS))


def find_rom(game: str) -> str:
    """ale-py's name (``space_invaders``) of a game in any spelling; raises UsageError with the nearest names."""
    wanted = squash(game)
    for name in rom_names():
        if squash(name) == wanted:
            return name.replace("-", "_")
    for name in TWO_PLAYERS:
        if squash(name) == wanted:
            raise UsageError(f"The Atari game {name} needs two players.", "Choose one for a single player, such as breakout.")
    raise unknown("Atari game", game, rom_names())


_SQUASHED = {squash(game): game for game in ANCHORS}
