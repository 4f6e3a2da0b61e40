"""What a model answers for items: one checked result for each, in order."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from lab_core.config import Config
from lab_core.errors import LabError
from lab_core.items import module_of
from lab_core.model import Apply, Item, Kind, Scored


def results(model: Apply, items: Iterable[Item], options: Config | None = None, *, what: str = "") -> Iterator[Item]:
    """The best result for each item, whole and checked, in order, as lazily as the model works.

    ``options`` are the model's own defaults unless given; ``what`` begins the messages (the model's class). Raises LabError for
    more or fewer results than items, or one that isn't of the kind that the model gives.
    """
    what = what or type(model).__name__
    taken = given = 0

    def counted() -> Iterator[Item]:
        nonlocal taken
        for item in items:
            taken += 1
            yield item

    options = model.options() if options is None else options
    kind = model.result_kind(options)
    for result in model.apply(counted(), options):
        given += 1
        if given > taken:
            raise LabError(f"{what} gave more results than it was given items.")
        yield checked(best(result), kind, f"{what}: result {given}")
    if given < taken:
        raise LabError(f"{what} gave {given:,} results for {taken:,} items.")


def alternatives(result: Any) -> list[Scored]:
    """The scored alternatives of a result, best first; empty where there is one result without a score."""
    if not isinstance(result, list) or not result:
        return []
    members = cast(list[Any], result)
    return list(members) if all(isinstance(one, Scored) for one in members) else []


def best(result: Any) -> Item:
    """The first of scored alternatives, or the result itself."""
    found = alternatives(result)
    return found[0].item if found else result


def checked(item: Any, kind: Kind, what: str) -> Item:
    """An item as its kind's module accepts it, a streamed text put together; raises LabError that begins with ``what``."""
    return module_of(kind).check(item, what)
