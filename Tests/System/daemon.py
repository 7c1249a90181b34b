"""The real daemon, as a child process of a test."""

import array
import fcntl
import os
import signal
import socket
import subprocess
import time
import threading
from pathlib import Path

from patience import Deadline, scaled

SECONDS = 15


class Stored:
    """A descriptor in the service manager's store."""

    def __init__(self, name, number):
        self.name, self.number = name, number

    def fileno(self):
        return self.number


class NotifySocket:
    """The service manager's end of sd_notify(3), with its descriptor store (FDSTORE=1). It reads all the time, but for `pause`."""

    def __init__(self, path):
        self.path = str(path)
        self.lines, self.stored = [], []
        self._news = threading.Condition()
        self._reads = threading.Event()
        self._reads.set()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, start, seconds=SECONDS, after=0, unless=lambda: False):
        """Waits for a line that begins with `start`, from the line numbered `after` on, as long as `unless()` is false. Returns
        the line."""
        deadline = Deadline(seconds)

        def found():
            return [line for line in self.lines[after:] if line.startswith(start)]

        with self._news:
            while not self._news.wait_for(found, min(0.1, deadline.left)):
                if unless() or not deadline.left:
                    raise TimeoutError(f"no {start} within {seconds} s, but {self.lines[after:]}")
            return found()[0]

    def pause(self):
        """Reads at most one more datagram until `resume`, as a service manager that is busy."""
        self._reads.clear()

    def resume(self):
        self._reads.set()

    def close(self):
        """Ends the reader with a datagram of its own, after all those that the daemon has sent."""
        self.resume()
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
            self._reads.wait()
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
    """`chatrelay serve`, on a socket of its own at `path` or, with `listeners`, on sockets passed as systemd passes them; then
    the next process gets the descriptors that this one has stored. The daemon is ready when this returns. The grace period is
    0, unless the options say otherwise."""

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
        """What it has logged so far."""
        time.sleep(scaled(0.1))  # a thread of its own writes the records
        return self._log.read_text()

    def rss(self):
        """Its resident memory, in KiB."""
        return self._memory("VmRSS")

    def peak(self):
        """Its largest resident memory since `forget_peak`, in KiB."""
        return self._memory("VmHWM")

    def forget_peak(self):
        """Starts a new measurement of `peak`. Returns the present value."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.rss()

    def _memory(self, name):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))

    def restart(self, number=signal.SIGTERM):
        """Ends the process by a signal, and starts the next one with what it has stored. Returns the first one's status."""
        self.process.send_signal(number)
        status = self.process.wait(scaled(SECONDS))
        self.start_next()
        return status

    def replace(self):
        """The process replaces itself (SIGUSR2), and is ready again when this returns."""
        before = len(self.notified.lines)
        self.process.send_signal(signal.SIGUSR2)
        self.notified.wait("READY=1", after=before)

    def stop(self, signal=signal.SIGINT):
        """Sends a signal and waits for the end. Returns the exit status, which is negative for a signal's number. (SIGTERM means
        a restart, unless the service manager says that it is a stop.)"""
        if self.process.poll() is None:
            self.process.send_signal(signal)
            try:
                self.process.wait(scaled(SECONDS))
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the daemon did not stop within {SECONDS} s\n" + self.log())
        self.notified.close()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.notified.close()

    def start_next(self):
        """Starts a process, with what the one before has stored."""
        before = len(self.notified.lines)
        listeners = [*self._listeners, *self.notified.stored]
        names = ["websocket" for _ in self._listeners] + [entry.name for entry in self.notified.stored]
        with open(self._log, "a") as log:
            self.process = launch(
                *self._command, listeners=listeners, names=":".join(names), environment=self._environment, stderr=log)
        self.pid = self.process.pid
        try:
            self.notified.wait("READY=1", after=before, unless=lambda: self.process.poll() is not None)
        except TimeoutError:
            self.kill()
            raise AssertionError(f"no READY=1, status {self.process.returncode}\n" + self.log()) from None


def launch(binary, *arguments, listeners=(), names="websocket", environment=None, **options):
    """Starts the program, with an environment of what is given only. `listeners` are passed as systemd passes them
    (sd_listen_fds(3)); `names` are joined by colons. Returns a subprocess.Popen."""
    # Above the numbers from 3 on, which they get in the end.
    copies = [fcntl.fcntl(listener, fcntl.F_DUPFD, 100) for listener in listeners]
    moves = [f"{3 + index}<&{copy} {copy}<&-" for index, copy in enumerate(copies)]
    # LISTEN_PID has to be the process id of the daemon, which bash keeps through exec.
    wrapper = ["bash", "-c", f'export LISTEN_PID=$$; exec "$@" {" ".join(moves)}', "launch"] if copies else []
    handed = {"LISTEN_FDS": str(len(copies)), "LISTEN_FDNAMES": names} if copies else {}
    try:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *wrapper, binary, *arguments], pass_fds=copies, text=True,
            env={"PATH": os.environ["PATH"], "SWIFT_BACKTRACE": "enable=no"} | handed | (environment or {}),
            **({"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | options))
    finally:
        for copy in copies:
            os.close(copy)
