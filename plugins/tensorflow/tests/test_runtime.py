"""How TensorFlow is started."""

import os

import pytest
from lab_tensorflow.runtime import start


def test_models_use_onednn_on_every_processor_unless_the_user_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    start()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    start()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
