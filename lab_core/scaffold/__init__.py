"""What ``lab plugins new`` writes."""

from pathlib import Path


def write(name: str, parent: Path) -> Path:
    raise NotImplementedError
