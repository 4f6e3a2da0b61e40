"""What is written for other programs gives the same numbers there."""

import numpy as np
import pytest
from lab_tensorflow.runtime import start

from lab_core.errors import LabError, UsageError

tf = start()

import keras  # noqa: E402
from lab_tensorflow import exporting  # noqa: E402
from lab_tensorflow.exporting import write  # noqa: E402

INPUTS = {"x": ((None, 3), "float32")}
X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def network():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")])
    network.layers[-1].set_weights([np.array([[1, 0], [0, 1], [1, 1]], np.float32), np.array([0.5, 0], np.float32)])
    return network


EXPECTED = np.array([[2.5, 3.0], [8.5, 9.0]])  # x0 + x2 + .5, x1 + x2


def test_a_saved_model_and_a_lite_model_compute_the_function(network, tmp_path):
    for form in ("saved-model", "tflite"):
        usage = write(tmp_path, form, network, inputs=INPUTS, output="y", networks={"net": network})
        assert "y = " in usage
    run = tf.saved_model.load(str(tmp_path / "saved_model")).signatures["serving_default"]
    np.testing.assert_allclose(run(x=tf.constant(X))["y"], EXPECTED)
    interpreter = tf.lite.Interpreter(model_path=str(tmp_path / "model.tflite"))
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, X.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, X)
    interpreter.invoke()
    np.testing.assert_allclose(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), EXPECTED)


def test_an_onnx_model_computes_the_function(network, tmp_path):
    for name in ("tf2onnx", "onnxruntime"):
        pytest.importorskip(name, reason="the extra lab-tensorflow[onnx] is not installed")
    import onnxruntime

    usage = write(tmp_path, "onnx", network, inputs=INPUTS, output="y", networks={"net": network})
    assert "model.onnx" in usage
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    np.testing.assert_allclose(session.run(None, {"x": X})[0], EXPECTED, rtol=1e-6)


def test_without_its_converter_the_format_names_the_extra(network, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(LabError, match=r"lab-tensorflow\[onnx\]"):
        write(tmp_path, "onnx", network, inputs=INPUTS, output="y", networks={})


def test_weights_are_written_by_name(network, tmp_path):
    write(tmp_path, "npz", network, inputs=INPUTS, output="y", networks={"net": network})
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as file:
        assert set(file.files) == {"net/dense/kernel", "net/dense/bias"}
        np.testing.assert_allclose(X @ file["net/dense/kernel"] + file["net/dense/bias"], EXPECTED)


def test_what_can_not_be_written_is_one_line(network, tmp_path):
    with pytest.raises(UsageError, match="pickle"):
        write(tmp_path, "pickle", network, inputs=INPUTS, output="y", networks={})
    with pytest.raises(LabError) as error:
        write(tmp_path, "tflite", lambda x: tf.numpy_function(np.sin, [x], tf.float32), inputs=INPUTS, output="y", networks={})
    assert "\n" not in str(error.value)
