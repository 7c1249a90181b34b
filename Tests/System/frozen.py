"""One thread of a process, held still by ptrace(2) as a disk that does not answer would hold it."""

import ctypes
import os
import time
from pathlib import Path

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
ANY_KIND = 0x40000000  # __WALL of waitpid(2): threads too

_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


class Frozen:
    """`with Frozen(pid, "ledger"):` holds the thread of that name. Should the process be killed meanwhile, `reap()` has to
    be called before anybody hears of its end."""

    def __init__(self, pid, name):
        threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()
                   if (task / "comm").read_text().strip() == name]
        self._thread, = threads
        self._is_held = False

    def wait_for_rest(self):
        """Waits until the thread sleeps and nothing wakes it: for a tenth of a second it is not scheduled."""
        last, since = None, 0
        while last is None or time.monotonic() - since < 0.1:
            status = Path(f"/proc/{self._thread}/status").read_text()
            sight = [line for line in status.splitlines() if line.startswith(("State", "voluntary", "nonvoluntary"))]
            if sight != last or "State:\tS" not in sight[0]:
                last, since = sight, time.monotonic()
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
