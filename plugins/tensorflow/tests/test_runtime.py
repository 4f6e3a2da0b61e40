"""How TensorFlow is started."""

import os

import pytest
from lab_tensorflow.runtime import start


@pytest.mark.parametrize("legacy_keras", [False, True])
def test_onednn_is_used_on_every_processor_unless_the_user_says_no(monkeypatch: pytest.MonkeyPatch, legacy_keras: bool) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    start(legacy_keras=legacy_keras)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    start()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
