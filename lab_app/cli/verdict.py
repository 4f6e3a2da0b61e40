"""What a score is worth: beside the benchmark's own mark, else beside the best recorded baseline."""

from lab_app.records.brief import best_baseline
from lab_core.benchmark import Benchmark
from lab_core.evaluator import Evaluation
from lab_core.registry.registry import Registry


def verdict(evaluation: Evaluation, benchmark: Benchmark, registry: Registry) -> str:
    """``reaches 475.0 (solved)``, ``short of 35.85 (lanczos-photos-x3)``; empty where nothing is known to compare with."""
    score = benchmark.score
    if score.good is not None:
        target, name = score.good, "solved"
    elif score.reference is not None:
        target, name = score.reference, score.reference_name or "reference"
    else:
        found = best_baseline(registry, benchmark, evaluation.protocol)
        if found is None:
            return ""
        target, name = found[0], f"the baseline {found[1]}"
    value = evaluation.value
    if value == target or (value > target) == score.higher_is_better:
        return f"reaches {score.format(target)} ({name})"
    return f"short of {score.format(target)} ({name})"
