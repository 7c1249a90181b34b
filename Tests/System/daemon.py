"""The real daemon, as a child process of a test."""

import array
import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

SECONDS = 15


class Stored:
    """A descriptor in the service manager's store."""

    def __init__(self, name, number):
        self.name, self.number = name, number

    def fileno(self):
        return self.number


class NotifySocket:
    """The service manager's end of sd_notify, with its store of descriptors (FDSTORE=1). It reads all the time, since a full
    queue would hold up the daemon."""

    def __init__(self, path):
        self.path = str(path)
        self.lines, self.stored = [], []
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
        if not self._thread.is_alive():
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self._thread.join()
        self._socket.close()
        for entry in self.stored:
            os.close(entry.number)

    def _read(self):
        while True:
            data, ancillary, _, _ = self._socket.recvmsg(65536, socket.CMSG_SPACE(256))
            if not data:
                return
            numbers = array.array("i")
            for _, _, payload in ancillary:
                numbers.frombytes(payload[:len(payload) // numbers.itemsize * numbers.itemsize])
            with self._news:
                self._keep(dict(line.split("=", 1) for line in data.decode().splitlines()), numbers)
                self.lines += data.decode().splitlines()
                self._news.notify_all()

    def _keep(self, fields, numbers):
        if "FDSTORE" in fields:
            self.stored += [Stored(fields["FDNAME"], number) for number in numbers]
            return
        # A barrier is a pipe whose closing is waited for (sd_notify_barrier(3)).
        for number in numbers:
            os.close(number)
        if "FDSTOREREMOVE" in fields:
            for entry in [entry for entry in self.stored if entry.name == fields["FDNAME"]]:
                os.close(entry.number)
                self.stored.remove(entry)


class Daemon:
    """`chatrelay serve`: on a socket of its own at `path` or, with `listeners`, on sockets handed over as systemd does
    it, and then what it keeps for the next process is handed to that. It has said READY=1 when this returns. Departures are
    told at once, unless the options say otherwise."""

    def __init__(self, binary, directory, *options, path=None, listeners=(), environment=None):
        directory = Path(directory)
        self.path = listeners[0].getsockname() if listeners else path or str(directory / "chat.sock")
        self._log = directory / "log"
        self.notified = NotifySocket(directory / "notify")
        options = options if "--grace" in options else ("--grace", "0", *options)
        self.binary = binary
        self._command = [binary, "serve", *(options if listeners else ("--listen", self.path, *options))]
        self._listeners = list(listeners)
        self._environment = {"NOTIFY_SOCKET": self.notified.path} | (environment or {})
        self.start_next()

    def log(self):
        """All it has logged so far."""
        return self._log.read_text()

    def rss(self):
        """Its resident memory, in KiB."""
        return self._memory("VmRSS")

    def peak(self):
        """The most that it was since `forget_peak`."""
        return self._memory("VmHWM")

    def forget_peak(self):
        """Returns what it is now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.rss()

    def _memory(self, name):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))

    def restart(self, number=signal.SIGTERM):
        """Ends the process by a signal, and starts the next one with what it has left. Returns the first one's status."""
        self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.start_next()
        return status

    def become(self):
        """The process replaces itself, and is ready again when this returns."""
        before = len(self.notified.lines)
        self.process.send_signal(signal.SIGUSR2)
        self.notified.wait("READY=1", after=before)

    def stop(self, signal=signal.SIGINT):
        """Sends a signal and waits for the end. Returns the exit status, which is negative for a signal's number. (SIGTERM means
        a restart, where no service manager says that it is a stop.)"""
        if self.process.poll() is None:
            self.process.send_signal(signal)
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"it did not stop within {SECONDS} s\n" + self.log())
        self.notified.close()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.notified.close()

    def start_next(self):
        """Starts a process, with what the one before has left."""
        before = len(self.notified.lines)
        listeners = [*self._listeners, *self.notified.stored]
        names = ["websocket" for _ in self._listeners] + [entry.name for entry in self.notified.stored]
        with open(self._log, "a") as log:
            self.process = launch(
                *self._command, listeners=listeners, names=":".join(names), environment=self._environment, stderr=log)
        self.pid = self.process.pid
        deadline = time.monotonic() + SECONDS
        while "READY=1" not in self.notified.lines[before:]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"no READY=1, status {self.process.returncode}\n" + self.log())
            time.sleep(0.005)


def launch(binary, *arguments, listeners=(), names="websocket", environment=None, **options):
    """Starts the program, with nothing in its environment but what is given. `listeners` are handed over as systemd
    does it (sd_listen_fds(3)); `names` are joined by colons. Returns a subprocess.Popen."""
    # Out of the way of 3 and up, where they have to end.
    copies = [fcntl.fcntl(listener, fcntl.F_DUPFD, 100) for listener in listeners]
    moves = [f"{3 + index}<&{copy} {copy}<&-" for index, copy in enumerate(copies)]
    # LISTEN_PID has to be the daemon's own process id: bash knows it, and keeps it through exec.
    keeper = ["bash", "-c", f'export LISTEN_PID=$$; exec "$@" {" ".join(moves)}', "keeper"] if copies else []
    handed = {"LISTEN_FDS": str(len(copies)), "LISTEN_FDNAMES": names} if copies else {}
    try:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *keeper, binary, *arguments], pass_fds=copies, text=True,
            env={"PATH": os.environ["PATH"], "SWIFT_BACKTRACE": "enable=no"} | handed | (environment or {}),
            **({"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | options))
    finally:
        for copy in copies:
            os.close(copy)
