"""The conformance kit's checks of models that apply: sound ones pass, each broken promise is named."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import applying_toys
import pytest
from applying_toys import ToyConfig, Upper

from lab_app.testing import check_apply, check_ready
from lab_core import LabError
from lab_core.registry.registry import Registry

TEXTS = ["a", "b", "c", "d"]


def test_a_task_without_a_trainer_passes(tmp_path: Path) -> None:
    registry = Registry()
    registry.add_benchmark(applying_toys.UPPER_BENCHMARK, "toys")
    task = applying_toys.TASKS[0]
    registry.add_task(task, "toys")
    check_ready(task, registry, tmp_path)


def test_a_model_that_keeps_its_promises_passes() -> None:
    check_apply(Upper(ToyConfig()), Upper(ToyConfig()), TEXTS, {"best": 2, "unknown": 1})


def test_a_model_that_changes_the_order_is_found() -> None:
    class Sorted(Upper):
        def apply(self, items: Iterable[str], options: Any) -> Iterator[Any]:
            return iter(sorted(items))

    with pytest.raises(AssertionError, match="order"):
        check_apply(Sorted(ToyConfig()), Sorted(ToyConfig()), TEXTS)


def test_a_model_that_differs_once_it_is_loaded_again_is_found() -> None:
    with pytest.raises(AssertionError, match="loaded twice"):
        check_apply(Upper(ToyConfig()), Upper(ToyConfig(mark="!")), TEXTS)


def test_a_model_that_gives_another_kind_or_number_is_found() -> None:
    class Numbers(Upper):
        def apply(self, items: Iterable[str], options: Any) -> Iterator[Any]:
            return (len(item) for item in items)

    class Twice(Upper):
        def apply(self, items: Iterable[str], options: Any) -> Iterator[Any]:
            return (item for item in items for _ in range(2))

    for kind in (Numbers, Twice):
        with pytest.raises(LabError, match=f"{kind.__name__}.*(text is str|more results)"):
            check_apply(kind(ToyConfig()), kind(ToyConfig()), TEXTS)


def test_options_that_are_no_config_are_found() -> None:
    class Loose(Upper):
        options = dict  # pyright: ignore[reportAssignmentType]

    with pytest.raises(AssertionError, match="not a Config"):
        check_apply(Loose(ToyConfig()), Loose(ToyConfig()), TEXTS)
