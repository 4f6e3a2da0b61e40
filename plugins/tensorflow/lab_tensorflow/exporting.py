"""Models as files that other programs read.

saved-model  TensorFlow's own: C++, Java, TensorFlow Serving, ``tf.saved_model.load``
tflite       one file for LiteRT (TensorFlow Lite): phones, small computers
onnx         one file for ONNX Runtime and what reads its format; needs the extra lab-tensorflow[onnx]
npz          the weights alone, as named NumPy arrays
"""

import contextlib
import io
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lab_core.errors import LabError, unknown
from lab_tensorflow.naming import named_variables
from lab_tensorflow.state import read_variables, save_arrays

FORMATS = ("saved-model", "tflite", "onnx", "npz")
SAVED, LITE, ONNX, WEIGHTS = "saved_model", "model.tflite", "model.onnx", "weights.npz"
OPSET = 17  # of ONNX operations: what runtimes since 2022 read


def write(
    folder: Path,
    form: str,
    function: Callable[..., Any],
    *,
    inputs: Mapping[str, tuple[tuple[int | None, ...], str]],
    output: str,
    networks: Mapping[str, Any],
) -> str:
    """Write ``function`` (tensors to a tensor, TensorFlow operations) in one of :data:`FORMATS`; how to use it, in Python.

    ``inputs``: name -> shape (None: any) and dtype, in the order of the arguments. ``networks``: those that the function uses.
    Raises LabError for a function that the format can't hold.
    """
    import tensorflow as tf

    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    if form == "onnx":
        _need_converter()
    if form == "npz":
        variables = {path: one for name, network in networks.items() for path, one in named_variables(network, name).items()}
        save_arrays(folder / WEIGHTS, read_variables(variables))
        return f'    import numpy\n    weights = numpy.load("{WEIGHTS}")    # NETWORK/LAYER/VARIABLE -> array\n'
    signature = [tf.TensorSpec(shape, tf.as_dtype(dtype), name=name) for name, (shape, dtype) in inputs.items()]
    module: Any = tf.Module()
    module.weights_of_networks = [variable.value for network in networks.values() for variable in network.variables]
    try:
        if form == "saved-model":
            serve = tf.function(lambda *tensors: {output: function(*tensors)}, input_signature=signature)
            tf.saved_model.save(module, str(folder / SAVED), signatures={"serving_default": serve})
        elif form == "onnx":
            import tf2onnx  # pyright: ignore[reportMissingImports]

            serve = tf.function(lambda *tensors: {output: function(*tensors)}, input_signature=signature)
            tf2onnx.convert.from_function(serve, input_signature=signature, opset=OPSET, output_path=str(folder / ONNX))
        else:
            concrete = tf.function(function, input_signature=signature).get_concrete_function()
            with contextlib.redirect_stderr(io.StringIO()):
                (folder / LITE).write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert())
    except Exception as error:  # the converters raise types of their own
        raise LabError(f"The model can't be written as {form}: {' '.join(str(error).split())[:300]}") from error
    names = ", ".join(inputs)
    if form == "saved-model":
        return (
            "    import tensorflow as tf\n"
            f'    run = tf.saved_model.load("{SAVED}").signatures["serving_default"]\n'
            f'    {output} = run({", ".join(f"{name}={name}" for name in inputs)})["{output}"]\n'
        )
    if form == "onnx":
        return (
            "    import onnxruntime\n"
            f'    session = onnxruntime.InferenceSession("{ONNX}")\n'
            f"    {output} = session.run(None, {{{', '.join(f'{name!r}: {name}' for name in inputs)}}})[0]\n"
        )
    return (
        "    from ai_edge_litert.interpreter import Interpreter    # or tf.lite.Interpreter\n"
        f'    interpreter = Interpreter(model_path="{LITE}")\n'
        f"    (given,) = interpreter.get_input_details()    # {names}\n"
        '    interpreter.resize_tensor_input(given["index"], image.shape)\n'
        "    interpreter.allocate_tensors()\n"
        '    interpreter.set_tensor(given["index"], image)\n'
        "    interpreter.invoke()\n"
        f'    {output} = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])\n'
    )


def _need_converter() -> None:
    missing = [name for name in ("tf2onnx", "onnx") if find_spec(name) is None]
    if missing:
        raise LabError(f"Format onnx needs {' and '.join(missing)}.", "Install the extra: uv pip install 'lab-tensorflow[onnx]'")
