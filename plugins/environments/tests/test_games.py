"""The table of the 57 games against what is known of its source, and the traps of copying it."""

import pytest
from lab_environments.games import ANCHORS, known_game

from lab_core.errors import UsageError


def test_the_table_is_dqn_zoos():
    """Sums of both columns of ``dqn_zoo/atari_data.py``: a slip in any figure moves them."""
    assert len(ANCHORS) == 57
    assert sum(random for random, _ in ANCHORS.values()) == pytest.approx(50_864.9)
    assert sum(human for _, human in ANCHORS.values()) == pytest.approx(606_494.2)
    assert all(human > random for random, human in ANCHORS.values())


def test_the_traps_of_other_tables_are_not_in_it():
    assert ANCHORS["video-pinball"] == (16256.9, 17667.9)  # Dopamine's table has 0 for random
    assert {"defender", "surround"} <= set(ANCHORS)  # missing from Dopamine's
    assert ANCHORS["breakout"] == (1.7, 30.5)  # 31.8 is the human of Mnih et al. 2015, measured otherwise
    assert ANCHORS["double-dunk"] == (-18.6, -16.4)  # both below zero


@pytest.mark.parametrize(
    ("text", "game"),
    [("SpaceInvaders", "space-invaders"), ("ms_pacman", "ms-pacman"), ("tetris", "tetris"), ("Ms-Pacman", "ms-pacman")],
)
def test_a_game_is_known_however_it_is_written(text, game):
    assert known_game(text) == game


@pytest.mark.parametrize(("text", "hint"), [("breakot", "breakout"), ("joust", "two players")])
def test_a_game_that_can_not_be_played_is_refused(text, hint):
    with pytest.raises(UsageError, match=hint):
        known_game(text)
