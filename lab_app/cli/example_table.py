"""What a model makes of the first examples of its benchmark, as text: source, reference, machine."""

from itertools import islice

from lab_core.benchmark import Benchmark
from lab_core.config import from_dict
from lab_core.errors import UsageError
from lab_core.model import Apply, Kind, Model


def example_table(benchmark: Benchmark, model: Model, count: int) -> list[str]:
    """Three lines and a blank one for each of the first ``count`` scored items; an input that isn't text is shown by its number.

    Raises UsageError where the model doesn't apply, its results aren't text, or the benchmark offers no examples.
    """
    from lab_app.applying.results import results
    from lab_core.training.evaluation import make_evaluator

    if not isinstance(model, Apply) or Kind(model.produces) != Kind.TEXT:
        raise UsageError(f"--table belongs to models that produce text; {benchmark.id} has others.")
    evaluator = make_evaluator(benchmark)
    pairs = list(islice(evaluator.example_pairs(count), count))
    if not pairs:
        raise UsageError(f"Benchmark {benchmark.id} offers no examples.")
    offered = {key: value for key, value in evaluator.example_options().items() if hasattr(model.options(), key)}
    lines: list[str] = []
    for number, ((given, target), made) in enumerate(
        zip(pairs, results(model, [given for given, _ in pairs], from_dict(model.options, offered)), strict=True), start=1
    ):
        source = given if isinstance(given, str) else f"{benchmark.unit} {number}"
        lines += [f"source     {source}", f"reference  {'' if target is None else target}", f"machine    {made}", ""]
    return lines
