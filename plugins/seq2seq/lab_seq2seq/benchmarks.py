"""The benchmarks of this plugin: help texts in six directions, everyday sentences, numbers as words, the user's own pairs."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score
from lab_seq2seq.config import DIRECTIONS, LANGUAGES, NUMBER_LANGUAGES

_COUNTS = {"de": 649, "vi": 236, "zh": 345}  # test sentences of the help texts
_EVALUATOR = "lab_seq2seq.evaluation:PairEvaluator"
_POOL = "lab_metrics.text.bleu:pool"


def benchmarks() -> list[Benchmark]:
    """Every benchmark of this plugin."""
    found: list[Benchmark] = []
    for other in DIRECTIONS:
        found += [_help("en", other), _help(other, "en")]
    found += [_everyday("en", "de"), _everyday("de", "en")]
    for language in NUMBER_LANGUAGES:
        found += [_numbers("num", language), _numbers(language, "num")]
    return [
        *found,
        _own(),
        _captions("icon-captions", "icon-captions", "Icons described in words"),
        _captions("{data}", "{data_path}", "{data}: captions"),
    ]


def _help(src: str, tgt: str) -> Benchmark:
    count = _COUNTS[tgt if src == "en" else src]
    title = f"Help texts, {LANGUAGES[src]} to {LANGUAGES[tgt]}"
    return _translation(f"help-{src}-{tgt}", title, {"data": "help", "src": src, "tgt": tgt}, count)


def _everyday(src: str, tgt: str) -> Benchmark:
    title = f"Everyday sentences, {LANGUAGES[src]} to {LANGUAGES[tgt]}"
    return _translation(f"everyday-{src}-{tgt}", title, {"data": "everyday", "src": src, "tgt": tgt}, 1000)


def _own() -> Benchmark:
    parameters = {"data": "{data}", "src": "{src}", "tgt": "{tgt}", "held_out": "{held_out}"}
    return _translation("{pair}", "Your own pairs, {src} to {tgt}", parameters, 1000)


def _translation(pair: str, title: str, parameters: dict[str, str], count: int) -> Benchmark:
    return Benchmark(
        id=f"translation/{pair}",
        title=title,
        needs="apply",
        consumes="text",
        produces="text",
        unit="sentence",
        score=Score("BLEU", digits=1),
        evaluator=_EVALUATOR,
        pool=_POOL,
        parameters={**parameters, "tokenize": "zh" if parameters["tgt"] == "zh" else "13a"},
        protocols={"test": {"count": count, "split": "test"}, "validation": {"count": 200, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        columns={"chrf": "chrF", "exact": "exact"},
        suites=("text",),
    )


def _numbers(src: str, tgt: str) -> Benchmark:
    names = {**LANGUAGES, "num": "digits"}
    return Benchmark(
        id=f"numbers/{src}-{tgt}",
        title=f"Numbers below 100,000 from {names[src]} to {names[tgt]}",
        needs="apply",
        consumes="text",
        produces="text",
        unit="number",
        score=Score("exact match", "%", random=0.0, reference=100.0, reference_name="all right", good=100.0, digits=1),
        evaluator="lab_seq2seq.evaluation:ExactEvaluator",
        parameters={"data": "numbers", "src": src, "tgt": tgt},
        protocols={"test": {"count": 1000, "split": "test"}, "validation": {"count": 200, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        suites=("text",),
    )


def _captions(name: str, data: str, title: str) -> Benchmark:
    return Benchmark(
        id=f"captions/{name}",
        title=title,
        needs="apply",
        consumes="image",
        produces="text",
        unit="image",
        score=Score("CIDEr-D", digits=3),
        evaluator="lab_seq2seq.captions.evaluation:RepeatingCaptionEvaluator",
        parameters={"data": data},
        protocols={"test": {"count": 200, "split": "test"}, "validation": {"count": 200, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        columns={"bleu1": "BLEU-1", "bleu4": "BLEU-4", "distinct": "distinct", "copied": "copied"},
        suites=("text",),
    )
