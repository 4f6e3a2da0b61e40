"""What each column of a data set is for, and the name under which every family finds it."""

from collections.abc import Mapping
from typing import get_args

from lab_core.data import DataSet, Role
from lab_core.errors import LabError

ROLES: tuple[str, ...] = get_args(Role)

# The common name of the one column with a role, by kind of data. Columns without an entry keep their own name.
COMMON: Mapping[str, Mapping[str, str]] = {
    "images": {"input": "image", "label": "label", "group": "group"},
    "image pairs": {"input": "input", "target": "target", "label": "label", "group": "group"},
    "captions": {"input": "image", "target": "caption", "label": "label", "group": "group"},
    "boxes": {"input": "image", "target": "boxes", "label": "label", "group": "group"},
    "text": {"input": "text", "label": "label", "group": "group"},
    "text pairs": {"input": "source", "target": "reference", "group": "group"},
    "series": {"input": "values", "time": "time", "group": "group"},
    "sequences": {"input": "series", "target": "target", "label": "label", "time": "time", "group": "group"},
}

_OWN_NAMES: Mapping[str, Role] = {
    "images": "input",
    "image": "input",
    "labels": "label",
    "label": "label",
    "group": "group",
    "text": "input",
    "time": "time",
    "values": "input",
    "series": "input",
    "caption": "target",
    "boxes": "target",
    "input": "input",
    "target": "target",
    "source": "input",
    "reference": "target",
}


def roles_of(card: DataSet) -> dict[str, Role]:
    """Role of each column of a card: as the card says (others are "about"), else by the columns' names; raises LabError."""
    given: Mapping[str, str] = card.roles
    roles: dict[str, Role] = {}
    for name in card.shapes:
        role = given.get(name, "about") if given else _OWN_NAMES.get(name, "about")
        if role not in ROLES:
            raise LabError(f"Data set {card.id}: column {name} has the role {role!r}; expected one of {', '.join(ROLES)}.")
        roles[name] = role  # type: ignore[assignment]
    return roles


def common_names(kind: str, roles: Mapping[str, Role]) -> dict[str, str]:
    """Own name of each column -> the name under which it is found: the common one where it is the only column of its role."""
    names: dict[str, str] = {}
    for own, role in roles.items():
        alone = sum(other == role for other in roles.values()) == 1
        names[own] = COMMON.get(kind, {}).get(role, own) if alone else own
    if len(set(names.values())) < len(names):  # an own name that is another column's common name
        return {own: own for own in roles}
    return names
