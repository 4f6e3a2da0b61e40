"""Write tests/core/rliable.json: what rliable 1.2.0 (Agarwal et al. 2021) makes of fixed scores, for the statistics' tests.

rliable brings pandas, statsmodels, seaborn and arch, which is too much for a test to depend on, so its figures are kept:

    uv run --no-project --isolated --python 3.11 --with rliable==1.2.0 --with "numpy==2.3.5" --with "pandas<3" \
        python tools/rliable_values.py
"""

import importlib.metadata as metadata
import json
from pathlib import Path

import numpy as np
from rliable import library, metrics

THRESHOLDS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0]
REPETITIONS = 20_000
AGGREGATES = {
    "iqm": metrics.aggregate_iqm,
    "median": metrics.aggregate_median,
    "mean": metrics.aggregate_mean,
    "optimality_gap": metrics.aggregate_optimality_gap,
}


def main() -> None:
    np.random.seed(0)  # noqa: NPY002 - rliable draws from the global stream whatever it is given
    rng = np.random.default_rng(57)
    cases = []
    for runs, tasks in ((5, 1), (10, 4), (3, 26)):
        ease = rng.gamma(2.0, 0.7, size=tasks)
        x = np.round(ease + rng.normal(0.2, 0.5, size=(runs, tasks)), 2)  # two digits: ties happen
        y = np.round(ease + rng.normal(0.0, 0.3, size=(runs, tasks)), 2)
        points, bounds = library.get_interval_estimates(
            {"x": x}, lambda scores: np.array([statistic(scores) for statistic in AGGREGATES.values()]), reps=REPETITIONS
        )
        chance, chance_bounds = library.get_interval_estimates(
            {"x,y": (x, y)}, metrics.probability_of_improvement, reps=REPETITIONS // 10
        )
        profile, profile_bounds = library.create_performance_profile({"x": x}, np.array(THRESHOLDS), reps=REPETITIONS // 10)
        case = {
            "x": x.T.tolist(),
            "y": y.T.tolist(),
            "aggregates": dict(zip(AGGREGATES, points["x"].tolist(), strict=True)),
            "intervals": dict(zip(AGGREGATES, bounds["x"].T.tolist(), strict=True)),
            "improvement": float(chance["x,y"]),
            "improvement_interval": np.ravel(chance_bounds["x,y"]).tolist(),
            "profile": profile["x"].tolist(),
            "profile_interval": profile_bounds["x"].tolist(),
        }
        cases.append(case)
    document = {"rliable": metadata.version("rliable"), "thresholds": THRESHOLDS, "cases": cases}
    path = Path(__file__).parent.parent / "tests/core/rliable.json"
    path.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
