"""Embedded files with their sizes and hashes. Written by tools/build.py."""

from lab_core.data import DataFile

FILES = {
    "fashion-mnist": (
        DataFile("images.npy.xz", 26288052, "d5612bf045261b71e89eb2a8cd685c5fac706e7d7eec11ee487aaf3baeaf1b62"),
        DataFile("labels.npy.xz", 30684, "865d0a7463ff517617ed014a2fd2466a58a8b4d60bfdee485b44544c3c94fece"),
    ),
    "mnist": (
        DataFile("images.npy.xz", 9918044, "d69631f416a1dd5487eb25800a5d33571259f68ea735d81c4ecab88b324f38f1"),
        DataFile("labels.npy.xz", 29092, "6d9c24d6527550a5347110c4075ba09d44e026774dbe23c92cd7deb3e5a8fec8"),
    ),
}
