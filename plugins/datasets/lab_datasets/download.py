"""Downloads: continued where they stopped, tried again, verified before they count.

A file without a published sum is opened first: a login page or an error page that comes with a good status is refused, and never
becomes the recorded sum. Files that are already there are verified too.
"""

import http.client
import shutil
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lab_core.data import SUMS, DataFile, DataSet, recorded_sums
from lab_core.errors import LabError, UsageError
from lab_core.files import Fingerprint, disk_errors, file_damage, fingerprint, write_atomic

RETRIES = 2  # further tries of each address
_TIMEOUT = 30  # seconds without a byte
_CHUNK = 1 << 20  # bytes
_PAUSE = 2.0  # seconds before the first further try; doubled each time
_GONE = range(400, 500)  # answers that a further try doesn't change
_FAILED = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)


def fetch(card: DataSet, folder: Path, *, mirrors: Sequence[str] = (), retries: int = RETRIES) -> None:
    """Download the files of a card that are missing from ``folder``, and verify those that are there.

    ``mirrors`` are addresses of folders that hold the same files; they are tried before the card's own addresses. Raises
    LabError, naming the embedded alternative, without a network; for a file that isn't what the card or an earlier download
    says, which is deleted if it was just downloaded and named if it was there.
    """
    if retries < 0:
        raise UsageError(f"retries={retries}: 0 or more is expected.")
    for mirror in mirrors:
        if not mirror.startswith(("http://", "https://", "file://")):
            raise UsageError(f"Mirror {mirror!r} is no address.", "Example: --mirror https://example.org/data")
    with disk_errors(card.id, folder, option="LAB_DATA_DIR"):
        folder.mkdir(parents=True, exist_ok=True)
    for file in card.files:
        if (folder / file.name).is_file():
            _verify(card, file, folder)
        else:
            _fetch(card, file, folder, mirrors, retries)


def _verify(card: DataSet, file: DataFile, folder: Path) -> None:
    path, expected = folder / file.name, _expected(file, folder)
    why = file_damage(path, expected) if expected is not None else unusable(path)
    if why:
        raise LabError(f"{card.id}: {path} {why}.", f"Delete it and run lab data fetch {card.id}.")
    if expected is None:
        _record(file, folder)


def _fetch(card: DataSet, file: DataFile, folder: Path, mirrors: Sequence[str], retries: int) -> None:
    part = folder / f"{file.name}.part"
    instead = f"{card.alternative} is embedded and works offline." if card.alternative else None
    addresses = [f"{mirror.rstrip('/')}/{file.name}" for mirror in mirrors] + ([file.url] if file.url else [])
    failures: list[str] = []
    for address in addresses:
        try:
            with disk_errors(file.name, folder, option="LAB_DATA_DIR"):
                _download(address, part, file, retries)
        except _FAILED as error:
            failures.append(f"{getattr(error, 'reason', None) or error}")
            continue
        why = _wrong(file, folder, part)
        if why:
            part.unlink()
            raise LabError(f"{card.id}: {file.name} is not the file that it should be ({why}); it was deleted.", instead)
        with disk_errors(file.name, folder, option="LAB_DATA_DIR"):
            shutil.move(part, folder / file.name)
        if not file.sha256 and file.name not in recorded_sums(folder):
            _record(file, folder)
        return
    raise LabError(f"{card.id}: {file.name} could not be downloaded: {'; '.join(failures) or 'it has no address'}.", instead)


def _expected(file: DataFile, folder: Path) -> Fingerprint | None:
    """Size and hash as the card says, else as the first download found them."""
    if file.sha256:
        return Fingerprint(file.size, file.sha256)
    return recorded_sums(folder).get(file.name)


def _wrong(file: DataFile, folder: Path, part: Path) -> str:
    """Why a complete download can't be the file; "" where it can."""
    if file.size and part.stat().st_size != file.size:
        return f"{part.stat().st_size:,} bytes, {file.size:,} are expected"
    expected = _expected(file, folder)
    if expected is not None:
        found = fingerprint(part)
        return "" if found.sha256 == expected.sha256 else "another checksum"
    return unusable(part, file.name)


def unusable(path: Path, name: str | None = None) -> str:
    """Why a file can't be opened as what its name says (zip, tar, text), "" where it can. Reads archives to their end."""
    name = (name or path.name).lower()
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        return "empty"
    if start.lstrip().lower().startswith((b"<!doctype html", b"<html")) and not name.endswith((".html", ".htm")):
        return "a web page"
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                bad = archive.testzip()
            return f"its member {bad} is damaged" if bad else ""
        if name.endswith((".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2")):
            with tarfile.open(path) as archive:
                return "" if sum(1 for _ in archive) else "an empty archive"
        if name.endswith((".txt", ".en", ".vi", ".de", ".csv", ".json")):
            path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "no UTF-8 text"
    except Exception as error:  # archive modules raise many types for damaged files
        return f"can't be opened: {' '.join(str(error).split())[:120] or type(error).__name__}"
    return ""


def _record(file: DataFile, folder: Path) -> None:
    sums: Mapping[str, Fingerprint] = {**recorded_sums(folder), file.name: fingerprint(folder / file.name)}
    write_atomic(folder / SUMS, msgspec.json.encode(sums), option="LAB_DATA_DIR")


def _download(address: str, part: Path, file: DataFile, retries: int) -> None:
    """Fill ``part``; each try continues it. Raises what urllib raises once the tries are used up."""
    for attempt in range(retries + 1):
        try:
            _receive(address, part, file)
            return
        except _FAILED as error:
            gone = isinstance(error, urllib.error.HTTPError) and error.code in _GONE
            if attempt == retries or gone:
                raise
            pause = _PAUSE * 2**attempt
            print(f"{file.name}: {getattr(error, 'reason', None) or error}; trying again in {pause:.0f} s", file=sys.stderr)
            time.sleep(pause)


def _receive(address: str, part: Path, file: DataFile) -> None:
    start = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and start:  # nothing is left: the part is complete, or wrong, which the check finds
            return
        raise
    with response:
        _write(response, part, file, start if getattr(response, "status", 200) == 206 else 0)


def _write(response: Any, part: Path, file: DataFile, start: int) -> None:
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else file.size
    done, shown = start, 0.0
    with part.open("ab" if start else "wb") as out:
        while block := response.read(_CHUNK):
            out.write(block)
            done += len(block)
            if time.monotonic() - shown > 0.5 and sys.stderr.isatty():
                shown = time.monotonic()
                of = f" of {total / 1e6:,.1f}" if total else ""
                print(f"\r{file.name}: {done / 1e6:,.1f}{of} MB ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if total and done < total:
        raise ConnectionError(f"it ended after {done:,} of {total:,} bytes; run the command again to continue")
