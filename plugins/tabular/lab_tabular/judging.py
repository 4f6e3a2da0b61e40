"""Scores learnt state values: how far they are from the exact ones of the same policy."""

import numpy as np

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_tabular.config import ProblemConfig
from lab_tabular.following import exact_values, followed, judged_policy
from lab_tabular.problems import needs_table


class ValuesEvaluator(Evaluator):
    """One score a state: ``|V - v_pi|``. States come in an order drawn from the seed, again from the first when all were used.

    The benchmark's ``parameters`` say which environment, discount and policy; an environment needs a transition table.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Score ``count`` states. Raises LabError for a model that knows no state values, or those of other observations."""
        name, settings = self.benchmark.protocol(protocol)
        where = {key: str(value) for key, value in self.benchmark.parameters.items()}
        gamma, epsilon = float(where["gamma"]), float(where["policy_epsilon"])
        problem, _ = needs_table(ProblemConfig(env=where["env"], maze=where["maze"], gamma=gamma))
        exact = exact_values(followed(problem, judged_policy(problem, gamma, epsilon)), gamma)
        state_values = getattr(model, "state_values", None)
        if state_values is None or len(getattr(model, "values", ())) != len(exact):
            raise LabError(f"{self.benchmark.id} needs a model that values {len(exact)} observations; this one doesn't.")
        rng = np.random.default_rng(seed)
        rows = np.resize(rng.permutation(np.flatnonzero(~np.isnan(exact))), count)
        errors = np.abs(state_values(rows) - exact[rows])
        if progress is not None:
            progress(count, count, errors.tolist())
        return Evaluation(
            benchmark=self.benchmark.id,
            protocol=name,
            settings={**settings, "count": count},
            seed=seed,
            scores=tuple(errors.tolist()),
            value=float(errors.mean()),
            unit="state",
            details={"exact": tuple(exact[rows].tolist())},
        )
