"""Settings by subject, as the command line and the pages list them."""

from collections.abc import Iterable

from lab_core.config import Field


def grouped(settings: Iterable[Field]) -> dict[str, list[Field]]:
    """The settings by section, sections in the order of their first setting."""
    found: dict[str, list[Field]] = {}
    for field in settings:
        found.setdefault(field.section, []).append(field)
    return found
