"""One thread of a process, stopped by ptrace(2), as a disk that does not answer would stop it."""

import ctypes
import os
import time
from pathlib import Path

from patience import Deadline

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
ANY_KIND = 0x40000000  # __WALL of waitpid(2): threads as well

_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


class Frozen:
    """`with Frozen(pid, "ledger"):` stops the thread of that name. If the process is killed meanwhile, its parent learns of that
    only after `reap()`."""

    def __init__(self, pid, name):
        threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()
                   if (task / "comm").read_text().strip() == name]
        self._thread, = threads
        self._is_held = False

    def wait_for_rest(self):
        """Waits until the thread sleeps: for a tenth of a second it is not scheduled."""
        last, since, deadline = None, 0, Deadline(10)
        while last is None or time.monotonic() - since < 0.1:
            status = Path(f"/proc/{self._thread}/status").read_text()
            seen = [line for line in status.splitlines() if line.startswith(("State", "voluntary", "nonvoluntary"))]
            if seen != last or "State:\tS" not in seen[0]:
                last, since = seen, time.monotonic()
            assert deadline.left, f"the thread does not sleep: {seen}"
            time.sleep(0.005)

    def reap(self):
        """Waits for the end of the thread."""
        while True:
            _, status = os.waitpid(self._thread, ANY_KIND)
            if not os.WIFSTOPPED(status):
                self._is_held = False
                return

    def thaw(self):
        if self._is_held:
            self._is_held = False
            _call(DETACH, self._thread)

    def __enter__(self):
        _call(SEIZE, self._thread)
        self._is_held = True
        _call(INTERRUPT, self._thread)
        os.waitpid(self._thread, ANY_KIND)
        return self

    def __exit__(self, *_):
        self.thaw()


def _call(request, thread):
    if _ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace of thread {thread}")
