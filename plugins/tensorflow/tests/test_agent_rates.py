"""The learning rate of agents by hand, and of records of earlier versions."""

from typing import Annotated

import pytest
from lab_tensorflow.agent_rates import learning_rate_at, upgraded_rate

from lab_core.config import TrainConfig, about


class Rates(TrainConfig, frozen=True, kw_only=True):
    learning_rate: Annotated[float, about("rate")] = 0.5
    final_learning_rate: Annotated[float, about("share")] = 1.0


def test_rates_by_hand():
    config = Rates(steps=100, learning_rate=0.1, final_learning_rate=0.2)
    assert [learning_rate_at(config, step) for step in (0, 50, 100, 200)] == pytest.approx([0.1, 0.06, 0.02, 0.02])
    assert learning_rate_at(Rates(steps=100), 70) == 0.5


@pytest.mark.parametrize(("stored", "share"), [(None, 1.0), (0.0, 0.0), (5e-5, 0.2)])
def test_records_of_earlier_versions_give_the_share(stored, share):
    found = upgraded_rate(Rates, {"learning_rate": 2.5e-4, "learning_rate_end": stored})
    assert found == {"learning_rate": 2.5e-4, "final_learning_rate": share}
    assert upgraded_rate(Rates, {"learning_rate_end": 0.25}) == {"final_learning_rate": 0.5}
    assert upgraded_rate(Rates, {"final_learning_rate": 0.3}) == {"final_learning_rate": 0.3}
