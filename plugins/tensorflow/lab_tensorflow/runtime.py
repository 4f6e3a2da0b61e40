"""Starting TensorFlow in a process: threads, device, Keras 2 for TF-Agents."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from lab_core.errors import LabError
from lab_tensorflow import bias_gradient

STREAMS = 2  # of operations side by side, where a batch goes through a network in parts
_started = {"streams": 1}  # TensorFlow's threads belong to the process, and so does this


def start(
    *,
    device: str = "cpu",
    threads: int | None = None,
    streams: int = 1,
    legacy_keras: bool = False,
    deterministic: bool = False,
) -> Any:
    """Import TensorFlow and give it its device and threads; returns the module. Safe to call again.

    device         "cpu" or "gpu:N"; every other GPU is hidden. Several with commas: "gpu:0,gpu:1", or "cpu:0,cpu:1", parts of
                   the processor that TensorFlow treats as devices; :func:`devices_of` has their names
    threads        processor threads; ignored once TensorFlow has begun to compute
    streams        operations that share them on a processor: each gets ``threads // streams``. More than one pays where a
                   function has branches that depend on nothing of each other (:mod:`lab_tensorflow.towers`)
    legacy_keras   the caller builds on tf_keras (TF-Agents does); raises LabError when Keras 3 is already chosen
    deterministic  only kernels that give the same bits in every run; slower

    oneDNN's kernels are used on every processor, also without AVX-512, where TensorFlow leaves them off: on one with AVX2 alone
    pix2pix trains 2.7 times as fast with them, an LSTM 1.3 to 1.5 times, PQN on Atari 1.3 times.
    """
    if legacy_keras:
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # below, oneDNN tells of each operation that it leaves to TensorFlow
    with _quiet():
        import tensorflow as tf

        tf.config.list_physical_devices()
    bias_gradient.put_right()
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] != "0":
        tf.get_logger().setLevel("ERROR")  # such as a hint that a second model compiles the same function again
    if legacy_keras and os.environ.get("TF_USE_LEGACY_KERAS") not in ("1", "true", "True"):
        raise LabError("This needs Keras 2, and the environment asks for Keras 3.", "Set TF_USE_LEGACY_KERAS=1.")
    try:
        if threads:
            streams = min(streams, threads) if device == "cpu" else 1
            tf.config.threading.set_intra_op_parallelism_threads(max(1, threads // streams))
            # one more than the streams: whoever asks for a small result meanwhile need not wait in their queue
            tf.config.threading.set_inter_op_parallelism_threads(max(2, threads, streams + 1))
            _started["streams"] = streams
        _choose_device(tf, device)
    except RuntimeError:
        pass  # TensorFlow is initialised already (a second trainer in one process): it keeps what it has
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    return tf


def streams() -> int:
    """The streams that :func:`start` gave this process: the parts of a batch that gain from going side by side."""
    return _started["streams"]


@contextmanager
def _quiet() -> Generator[None]:
    """Nothing on standard error while TensorFlow starts: its C++ part greets before its own log level counts.

    What goes wrong is raised all the same. ``TF_CPP_MIN_LOG_LEVEL=0`` shows everything.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def devices_of(device: str) -> list[str]:
    """TensorFlow's names of several devices, empty for one: "gpu:0,gpu:3" are the first two that this process sees."""
    names = device.split(",")
    return [f"/device:{names[0][:3].upper()}:{number}" for number in range(len(names))] if len(names) > 1 else []


def _choose_device(tf: Any, device: str) -> None:
    gpus = tf.config.list_physical_devices("GPU")
    names = device.split(",")
    if names[0].startswith("cpu"):
        wanted = []
        if len(names) > 1:
            parts = [tf.config.LogicalDeviceConfiguration() for _ in names]
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    else:
        # devices.environment() shows the process the wanted GPUs only; they are then numbered from 0 here
        found = [gpus[number] for number in (int(name.partition(":")[2] or 0) for name in names) if number < len(gpus)]
        wanted = found if len(found) == len(names) else gpus[: len(names)]
        if len(wanted) < len(names):
            raise LabError(f"TensorFlow sees {len(gpus)} GPUs, and {device} was asked for.", "lab devices lists what there is.")
        for one in wanted:
            tf.config.experimental.set_memory_growth(one, True)
    if gpus != wanted:
        tf.config.set_visible_devices(wanted, "GPU")
