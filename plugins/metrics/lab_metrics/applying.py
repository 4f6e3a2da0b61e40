"""What a model makes of a list of items: one result an item, the best one where it offers several."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lab_core.config import from_dict
from lab_core.errors import LabError, UsageError
from lab_core.model import Apply, Item, Scored


def results(model: Apply, items: Sequence[Item], *, where: str, options: dict[str, Any] | None = None) -> Iterator[Item]:
    """The result of each item, in order. Of scored alternatives the first counts; streamed text is put together.

    ``options`` on top of the model's defaults are checked. Raises LabError for fewer or more results than items.
    """
    made = model.apply(iter(items), from_dict(model.options, options or {}))
    count = 0
    for result in made:
        count += 1
        if count > len(items):
            raise LabError(f"{where}: {type(model).__name__} gave more than one result for an item.")
        yield best(result)
    if count < len(items):
        raise LabError(f"{where}: {type(model).__name__} gave {count:,} results for {len(items):,} items.")


def texts(model: Apply, items: Sequence[Item], *, where: str, each: Callable[[int], None] | None = None) -> list[str]:
    """:func:`results` of a model that produces text; ``each`` is called with the number of results so far."""
    found: list[str] = []
    for result in results(model, items, where=where):
        found.append(as_text(result, f"{where}: {type(model).__name__}"))
        if each is not None:
            each(len(found))
    return found


def best(result: Item) -> Item:
    """The first of scored alternatives, or the result itself."""
    if isinstance(result, list) and result and all(isinstance(one, Scored) for one in result):
        return result[0].item
    return result


def as_text(result: Any, what: str) -> str:
    """A text item as ``str``; raises LabError for anything but ``str`` or pieces of it."""
    if isinstance(result, str):
        return result
    if isinstance(result, Iterable):
        pieces = list(result)
        if all(isinstance(piece, str) for piece in pieces):
            return "".join(pieces)
    raise LabError(f"{what} gave {type(result).__name__} where text is expected.")


def at_least_one(count: int, unit: str) -> None:
    """Raises UsageError for a count below 1."""
    if count < 1:
        raise UsageError(f"{count} {unit}s can't be scored; at least 1 is expected.")
