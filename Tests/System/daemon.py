"""The real daemon, as a child process of a test."""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

SECONDS = 15


class NotifySocket:
    """The service manager's end of sd_notify. It reads all the time, since a full queue would hold up the daemon."""

    def __init__(self, path):
        self.path = str(path)
        self.lines = []
        self._news = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, start, timeout=SECONDS, after=0):
        """Waits for a line that begins with `start`, from the line numbered `after` on. Returns the line."""
        def found():
            return [line for line in self.lines[after:] if line.startswith(start)]

        with self._news:
            if not self._news.wait_for(found, timeout):
                raise TimeoutError(f"no {start} within {timeout} s, but {self.lines[after:]}")
            return found()[0]

    def close(self):
        """Ends the reader with a datagram of its own, after all those that the daemon has sent."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self._thread.join()
        self._socket.close()

    def _read(self):
        while data := self._socket.recv(65536):
            with self._news:
                self.lines += data.decode().splitlines()
                self._news.notify_all()


class Daemon:
    """`chatrelay serve`: on a socket of its own at `.path` or, with `listener`, on one handed over as systemd does it.
    Returns when it has said READY=1."""

    def __init__(self, binary, directory, *options, listener=None, name="websocket", environment=None):
        self.directory = Path(directory)
        self.path = listener.getsockname() if listener else str(self.directory / "chat.sock")
        self._log = self.directory / "log"
        self.notified = NotifySocket(self.directory / "notify")
        # LISTEN_PID has to be the daemon's own process id: bash knows it, and keeps it through exec.
        hand_over = f'export LISTEN_PID=$$; exec "$@" 3<&{listener.fileno()} {listener.fileno()}<&-' if listener else ""
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *(["bash", "-c", hand_over, "keeper"] if listener else []),
             binary, "serve", *([] if listener else ["--listen", self.path]), *options],
            env=self._environment(listener, name) | (environment or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self._log, "a"), pass_fds=[listener.fileno()] if listener else [])
        self.pid = self.process.pid
        self._wait_until_ready()

    def log(self):
        """All it has logged so far."""
        return self._log.read_text()

    def rss(self):
        """Its resident memory, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def stop(self, signal=signal.SIGTERM):
        """Sends a signal and waits for the end. Returns the exit status, which is negative for a signal's number."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"it did not stop within {SECONDS} s\n" + self.log())
            self.notified.close()
        return self.process.returncode

    def _wait_until_ready(self):
        deadline = time.monotonic() + SECONDS
        while "READY=1" not in self.notified.lines:
            if self.process.poll() is not None:
                raise AssertionError(f"the daemon ended with status {self.process.returncode}\n" + self.log())
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"no READY=1 within {SECONDS} s\n" + self.log())
            time.sleep(0.005)

    def _environment(self, listener, name):
        own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SWIFT_BACKTRACE": "enable=no",
               "NOTIFY_SOCKET": self.notified.path}
        return own | ({"LISTEN_FDS": "1", "LISTEN_FDNAMES": name} if listener else {})
