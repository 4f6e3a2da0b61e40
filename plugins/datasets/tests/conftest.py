"""A cache of its own for the whole test session, so that nothing of the person's is read or written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("LAB_DATA_DIR")
    os.environ["LAB_DATA_DIR"] = str(folder)
    yield folder
    del os.environ["LAB_DATA_DIR"]
    if before is not None:
        os.environ["LAB_DATA_DIR"] = before
