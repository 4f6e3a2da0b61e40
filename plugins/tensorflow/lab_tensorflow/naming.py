"""Stable names for the variables of Keras networks and optimisers.

Keras numbers layers through the process: the same variable is ``dense/kernel`` in one process and ``dense_7/kernel`` in another.
Here automatic names are numbered within their network, in the order of its variables: ``generator/dense/kernel``,
``generator/dense_1/kernel``. Names that a network gives to its layers stay as they are.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

_AUTOMATIC = ("seed_generator", "variable")  # parts of Keras' paths that no layer of the network stands for


def named_variables(network: Any, name: str) -> dict[str, Any]:
    """Every TensorFlow variable of a Keras network by ``name/LAYER/VARIABLE``, the untrained ones included."""
    return {f"{name}/{path}": variable.value for path, variable in zip(_paths(network), network.variables, strict=True)}


def named_trainable(network: Any, name: str) -> dict[str, Any]:
    """The variables that are trained, a part of :func:`named_variables` in the network's order."""
    trained = {id(variable.value) for variable in network.trainable_variables}
    return {path: value for path, value in named_variables(network, name).items() if id(value) in trained}


def named_slots(optimizer: Any, name: str, networks: Mapping[str, Any]) -> dict[str, Any]:
    """The state of an optimiser by name: ``name/iteration``, ``name/generator/dense_1/kernel/momentum``.

    ``optimizer`` is one of :mod:`lab_tensorflow.optimizers`, whose names are its own, or a built Keras optimiser of weights of
    ``networks``.
    """
    if isinstance(optimizer.variables, Mapping):
        return {f"{name}/{key}": variable for key, variable in optimizer.variables.items()}
    weights = {
        variable.path.replace("/", "_"): f"{network}/{path}"
        for network, owner in networks.items()
        for path, variable in zip(_paths(owner), owner.variables, strict=True)
    }
    found: dict[str, Any] = {}
    for variable in optimizer.variables:
        raw = variable.name
        owner = max((prefix for prefix in weights if raw.startswith(f"{prefix}_")), key=len, default=None)
        key = raw if owner is None else f"{weights[owner]}/{raw[len(owner) + 1 :]}"
        found[_free(f"{name}/{key}", found)] = variable.value
    return found


def count(network: Any, *, trainable: bool = False) -> int:
    """How many numbers the variables of a Keras network hold; with ``trainable`` only those that are trained."""
    return numbers(network.trainable_variables if trainable else network.variables)


def numbers(variables: Iterable[Any]) -> int:
    """How many numbers these variables or arrays hold."""
    return int(sum(np.prod(tuple(variable.shape), dtype=np.int64) for variable in variables))


def _paths(network: Any) -> list[str]:
    """A name for each of the network's variables, unique within it."""
    automatic = _automatic(network)
    places: dict[tuple[str, str], dict[str, str]] = {}  # (parent, base) -> Keras' component -> ours
    found: list[str] = []
    for variable in network.variables:
        parts = variable.path.split("/")
        if len(parts) > 1 and parts[0] == network.name:
            parts = parts[1:]
        stable = ""
        for part in parts:
            base = re.sub(r"_[0-9]+$", "", part)
            if part in automatic or base in _AUTOMATIC:
                known = places.setdefault((stable, base), {})
                part = known.setdefault(part, f"{base}_{len(known)}" if known else base)
            stable = f"{stable}/{part}" if stable else part
        found.append(_free(stable, found))
    return found


def _automatic(network: Any) -> set[str]:
    """The names among the network's layers that Keras made from their class."""
    layers = network._flatten_layers() if hasattr(network, "_flatten_layers") else ()
    pattern = r"(forward_|backward_)?{}(_[0-9]+)?"  # Bidirectional puts a word before the name of its layers
    return {layer.name for layer in layers if re.fullmatch(pattern.format(_snake_case(type(layer).__name__)), layer.name)}


def _snake_case(name: str) -> str:
    """Keras' rule from a class's name to a layer's."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _free(name: str, taken: Iterable[str]) -> str:
    """``name``, or with a number behind it where it is taken."""
    taken = set(taken)
    number, free = 1, name
    while free in taken:
        free, number = f"{name}:{number}", number + 1
    return free
