"""Rolling origins: the moments from which a forecast is made, each with the values that come next."""

from collections.abc import Iterator
from typing import NamedTuple

from lab_core.errors import LabError


class Origin(NamedTuple):
    """Rows ``[start, place)`` are known; rows ``[place, end)`` are to be forecast."""

    start: int
    place: int
    end: int


def origins(length: int, *, first: int, horizon: int, stride: int, context: int = 0) -> Iterator[Origin]:
    """All origins from row ``first`` on with ``horizon`` rows after them, ``stride`` rows apart.

    ``context`` rows before an origin are known, all of them with 0. With a stride of ``horizon`` no value is forecast twice, so
    units share no value. Raises LabError where not even one origin fits.
    """
    if horizon < 1 or stride < 1 or first < 1 or first + horizon > length:
        raise LabError(f"No forecast of {horizon} steps fits into the {length - first} rows after row {first}.")
    for place in range(first, length - horizon + 1, stride):
        yield Origin(max(0, place - context) if context else 0, place, place + horizon)
