"""The table of the 57 games against what is known of its source, and the traps of copying it."""

import pytest
from lab_environments.games import ANCHORS


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
