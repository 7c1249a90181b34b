"""Faults of the machine under a daemon: reads and writes of the ledger that fail, a wall clock that jumps, a directory of users
that does not answer, and a process that is killed in a read (faults.c)."""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("faults.c")


class Faults:
    """`.environment` is for the daemon; set `.read` and `.write` to an errno, `.clock` and `.users` to seconds, `.kill` to 1."""

    def __init__(self, library, path):
        path.write_bytes(bytes(40))
        self.environment = {"LD_PRELOAD": str(library), "FAULTS": str(path)}
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 40)

    def _set(index):
        return property(lambda self: struct.unpack_from("q", self._memory, 8 * index)[0],
                        lambda self, value: struct.pack_into("q", self._memory, 8 * index, value))

    read, write, clock, users, kill = map(_set, range(5))


@pytest.fixture
def faults(tmp_path):
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        pytest.skip("needs a C compiler")
    library = tmp_path / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
    return Faults(library, tmp_path / "faults")
