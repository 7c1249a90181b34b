"""How long the tests wait: every time limit of a test grows with the load of the machine.

A limit is written for a quiet machine. While more processes want to run than there are cores, each process gets a share of
one core, so the limit is multiplied by load / cores. The load is read again during a wait, because the one-minute average
lags behind a load that has just begun.
"""

import os
import time

CORES = len(os.sched_getaffinity(0))
# A test that never ends must end: the longest wait is this many times the limit of a quiet machine.
MOST = 10


def patience():
    """By how much a time limit grows now: 1 on a quiet machine, `MOST` at most."""
    return min(max(os.getloadavg()[0] / CORES, 1), MOST)


def scaled(seconds):
    """A time limit for something that can't be asked again whether it is late, such as the end of a subprocess."""
    return seconds * patience()


class Deadline:
    """The end of a wait that begins now; `grows` is False for a wait that is itself what is tested."""

    def __init__(self, seconds, grows=True):
        self.seconds, self._start, self._grows = seconds, time.monotonic(), grows

    @property
    def left(self):
        """Seconds until the end, 0 at least."""
        limit = scaled(self.seconds) if self._grows else self.seconds
        return max(0, self._start + limit - time.monotonic())


def wait_until(condition, seconds=10, what="the condition"):
    """Polls until `condition()` is true. Returns its result."""
    deadline = Deadline(seconds)
    while not (result := condition()):
        assert deadline.left, f"{what}: not within {seconds} s (times {patience():.1f})"
        time.sleep(0.01)
    return result
