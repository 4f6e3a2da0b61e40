"""Arrays from files that may come from elsewhere: read exactly, or refused in one line before anything is allocated."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lab_core.errors import LabError
from lab_core.npz import read_npz


def header(claim: str) -> bytes:
    text = claim.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def archive(path: Path, data: bytes, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("a.npy", data)
    return path


def test_arrays_of_every_kind_are_read_as_they_were_written(tmp_path: Path) -> None:
    arrays = {
        "rows": np.arange(6).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "texts": np.array(["x", "yy"]),
        "one": np.array(3, np.uint8),
        "none": np.empty((0, 3), np.float32),
        "dates": np.array(["2020-01-01"], "M8[D]"),
    }
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "a.npz", **arrays)  # pyright: ignore[reportArgumentType]
        found = read_npz(tmp_path / "a.npz")
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert np.array_equal(found[name], array)
            assert found[name].flags.writeable


@pytest.mark.parametrize(
    "claim",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000000,), }",  # 29 TiB
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",  # less than there is
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 'x', }",
        "{'descr': " + "[" * 60 + "",
        "__import__('os').system('false')",
        "",
    ],
)
def test_a_header_that_claims_something_else_is_refused(claim: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", header(claim) + bytes(16))
    with pytest.raises(LabError, match="a.npz") as refused:  # noqa: RUF043
        read_npz(path)
    assert "\n" not in str(refused.value)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.npy", "w", force_zip64=True) as member:
        for _ in range(300):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(LabError, match="unpacks to 314,572,800 bytes"):
        read_npz(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(method: int, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="compressed in an unknown way"):
        read_npz(archive(tmp_path / "a.npz", header("x"), method))


def test_encrypted_and_broken_files_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(100))
    path = archive(tmp_path / "a.npz", buffer.getvalue())
    whole = path.read_bytes()
    place = whole.index(b"PK\x01\x02")
    encrypted = bytearray(whole)
    encrypted[place + 8] |= 1
    path.write_bytes(bytes(encrypted))
    with pytest.raises(LabError, match="is encrypted"):
        read_npz(path)
    for damaged in (b"", b"x" * 50, whole[:-30], whole[:200] + b"\xff" + whole[201:], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(LabError, match=r"a\.npz"):
            read_npz(path)
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")
