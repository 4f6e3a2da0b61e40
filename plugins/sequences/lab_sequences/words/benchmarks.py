"""The benchmarks of word vectors. Data only."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score


def benchmarks() -> list[Benchmark]:
    """Jane Austen's novels, text8, and the template for the user's own text."""
    return [
        _benchmark("austen", "Jane Austen's novels", "austen"),
        _benchmark("text8", "text8 (Wikipedia)", "text8"),
        _benchmark("{data}", "{data}", "{data_path}"),
    ]


def _benchmark(data: str, title: str, source: str) -> Benchmark:
    return Benchmark(
        id=f"words/{data}",
        title=f"{title}: words that stand together",
        needs="apply",
        consumes="text",
        produces="text",
        unit="word",
        score=Score("MAP", higher_is_better=True, digits=3),
        evaluator="lab_sequences.words.evaluation:RetrievalEvaluator",
        protocols={"test": {"count": 500, "split": "test"}, "validation": {"count": 200, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters={"data": source},
        columns={"cosine": "by cosine"},
        suites=("text",),
    )
