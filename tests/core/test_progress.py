"""What a training shows of itself while it runs."""

import io
from typing import Any, cast

from lab_app.observers.progress import ProgressBar, sparkline
from lab_core.trainer import Progress
from lab_core.training.observing import Budget


def test_a_sparkline_has_the_lowest_and_highest_of_the_last_values() -> None:
    assert sparkline([1.0, 8.0, 4.0]) == "▁█▄"
    assert sparkline([5.0, float("nan")]) == ""
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert len(sparkline([float(k) for k in range(100)])) == 24


def test_a_time_limit_bounds_the_time_left() -> None:
    bar = ProgressBar("walk", "steps", stream=io.StringIO(), quiet=True)
    bar.begin(0, Budget(1_000_000, seconds=60.0))
    bar.slice(Progress(1, {}), 0.1, cast(Any, None))
    bar.slice(Progress(2, {}), 0.2, cast(Any, None))
    assert 0 < bar._bar.tasks[0].fields["left"] <= 60
