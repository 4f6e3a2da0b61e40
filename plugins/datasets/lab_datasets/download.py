"""Downloads: continued where they stopped, with progress, verified before they count."""

import http.client
import shutil
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import msgspec

from lab_core.data import SUMS, DataFile, DataSet, recorded_sums
from lab_core.errors import LabError
from lab_core.files import disk_errors, fingerprint, write_atomic

_TIMEOUT = 30  # seconds without a byte
_CHUNK = 1 << 20  # bytes


def fetch(card: DataSet, folder: Path) -> None:
    """Download the files of a card that are missing into ``folder``.

    Raises LabError, naming the embedded alternative, without a network; and when a file isn't what the card or an earlier
    download says, in which case it is deleted.
    """
    with disk_errors(card.id, folder, option="LAB_DATA_DIR"):
        folder.mkdir(parents=True, exist_ok=True)
    for file in card.files:
        if not (folder / file.name).is_file():
            _fetch(card, file, folder)


def _fetch(card: DataSet, file: DataFile, folder: Path) -> None:
    import pooch

    recorded = recorded_sums(folder)
    known = file.sha256 or (recorded[file.name].sha256 if file.name in recorded else None)
    instead = f"{card.alternative} is embedded and works offline." if card.alternative else None
    try:
        with disk_errors(file.name, folder, option="LAB_DATA_DIR"):
            pooch.get_logger().disabled = True
            found = Path(pooch.retrieve(file.url, known, file.name, folder, downloader=_Resuming(file, folder)))
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise LabError(f"{card.id}: {file.name} could not be downloaded: {reason}.", instead) from None
    except ValueError as error:
        if "hash" not in str(error):
            raise
        raise LabError(f"{card.id}: {file.name} is not the file that it should be; it was deleted.", instead) from None
    if file.size and found.stat().st_size != file.size:  # a host's page about too many downloads comes with a good status
        found.unlink()
        raise LabError(f"{card.id}: {file.name} is not the file that it should be; it was deleted.", instead)
    if not file.sha256 and file.name not in recorded:
        sums = {**recorded, file.name: fingerprint(found)}
        write_atomic(folder / SUMS, msgspec.json.encode(sums), option="LAB_DATA_DIR")


class _Resuming:
    """What pooch calls to download: keeps ``NAME.part`` and asks the server for the rest of it."""

    def __init__(self, file: DataFile, folder: Path) -> None:
        self._file = file
        self._part = folder / f"{file.name}.part"

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        start = self._part.stat().st_size if self._part.is_file() else 0
        request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
        try:
            response = urllib.request.urlopen(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            if error.code != 416:  # nothing is left to ask for: the part is whole, or wrong, which the sum tells
                raise
        else:
            with response:
                self._receive(response, start if response.status == 206 else 0)
        shutil.move(self._part, output_file)

    def _receive(self, response: Any, start: int) -> None:
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else self._file.size
        done, shown = start, 0.0
        with self._part.open("ab" if start else "wb") as out:
            while block := response.read(_CHUNK):
                out.write(block)
                done += len(block)
                if time.monotonic() - shown > 0.5 and sys.stderr.isatty():
                    shown = time.monotonic()
                    of = f" of {total / 1e6:,.1f}" if total else ""
                    print(f"\r{self._file.name}: {done / 1e6:,.1f}{of} MB ", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if total and done < total:
            raise ConnectionError(f"it ended after {done:,} of {total:,} bytes; run the command again to go on")
