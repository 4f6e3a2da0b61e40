"""Networks of the user's own: ``--set network=my_module:make`` names a function that returns Keras layers.

The module is imported only where the user or an installed plugin named it (:func:`lab_core.imports.require`), also when a stored
run or model is opened: those commands need ``--import my_module``.
"""

from collections.abc import Sequence
from typing import Any

from lab_core.errors import UsageError, unknown
from lab_core.imports import load_object, require


def is_own(network: str) -> bool:
    """Whether a setting names a function, ``module:function``, instead of one of the networks that are there."""
    return ":" in network


def check_network(network: str, choices: Sequence[str]) -> None:
    """Raise UsageError unless ``network`` is one of ``choices`` or has the form ``module:function``; nothing is imported."""
    if not is_own(network) and network not in choices:
        raise unknown("network", network, (*choices, "module:function"))


def own_parts(network: str, keras: Any, *, names: Sequence[str], seed: int, dtype: str = "float32") -> list[list[Any]]:
    """The layers of each of the networks ``names``, which the user's function returns as a tuple; one name: the layers alone.

    keras   ``tf_keras`` or ``keras``: whose layers are expected. A model is a layer, too
    seed    of the initial weights
    dtype   precision policy of layers that name none

    Raises UsageError for anything else than a layer or a list of layers for each network.
    """
    require(network.partition(":")[0], what=f"network={network}")
    function = load_object(network, what=f"network={network}")
    if not callable(function):
        raise UsageError(f"network={network} is {type(function).__name__}; a function is expected.")
    before = keras.mixed_precision.global_policy()
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy(dtype)
    try:
        made = function()
    finally:
        keras.mixed_precision.set_global_policy(before)
    expected, parts = f"a list of {keras.__name__}.layers", [made]
    if len(names) > 1:
        expected = f"a tuple ({', '.join(names)}), each {expected}"
        parts = list(made) if isinstance(made, tuple) else []
        if len(parts) != len(names):
            raise UsageError(f"network={network} returns {_described(made)}; {expected} is expected.")
    return [_layers(part, keras, f"network={network} returns", expected) for part in parts]


def _layers(made: Any, keras: Any, what: str, expected: str) -> list[Any]:
    layers = list(made) if isinstance(made, (list, tuple)) else [made]
    wrong = [layer for layer in layers if not isinstance(layer, keras.layers.Layer)]
    if wrong or not layers:
        raise UsageError(f"{what} {_described(wrong[0] if wrong else made)}; {expected} is expected.")
    return layers


def _described(value: Any) -> str:
    """A value's type, with its module where it is some library's: ``keras.src.layers.core.dense.Dense``."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def apply_layers(layers: Sequence[Any], values: Any, *, what: str) -> Any:
    """The layers one after another on ``values``; raises UsageError, beginning with ``what``, where they don't fit."""
    for number, layer in enumerate(layers, start=1):
        try:
            values = layer(values)
        except (ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:300].rstrip(".")
            raise UsageError(f"{what}: layer {number}, {type(layer).__name__}, can't be applied: {reason}.") from error
    return values


def build_features(layers: Sequence[Any], observations: Any, *, what: str) -> int:
    """Build the layers on example observations [1, ...]; returns n of the features [1, n] that they end in.

    Raises UsageError for another output, and for variables that gradients don't change, such as the means of a batch
    normalisation: updates of agents have none.
    """
    found = apply_layers(layers, observations, what=what)
    shape = tuple(found.shape)
    if len(shape) != 2:
        raise UsageError(
            f"{what}: the layers end in {list(shape)}; features [batch, n] are expected.", "Add a Flatten at the end."
        )
    for layer in layers:
        if layer.non_trainable_variables:
            raise UsageError(
                f"{what}: {type(layer).__name__} has variables that gradients don't change.",
                "Agents need layers without them; LayerNormalization has none.",
            )
    return int(shape[1])
