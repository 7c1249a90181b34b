"""What a service manager does for the daemon, without one: it holds the listening socket, keeps what is given into its
store, hears what it is told, and starts the next process with all of that.

Purpose: crashes and restarts by the hundred, with as many connections as the machine allows, in seconds and without root.
Caveats: it never starts a process by itself; there is no job that one could ask about.
"""

import array
import os
import socket
import threading
from pathlib import Path

from daemon import launch
from wire import wait_until


class Stored:
    """A descriptor in the store."""

    def __init__(self, name, number):
        self.name, self.number = name, number

    def fileno(self):
        return self.number


class Manager:
    """Holds `path`, a Unix socket in `directory`; `start` and `end` are its systemctl."""

    def __init__(self, binary, directory, *options):
        self.binary, self.directory, self.options = binary, Path(directory), options
        self.path = str(self.directory / "chatrelay.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(4096)
        self.stored, self.told, self.process = [], [], None
        self._ready = threading.Event()
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(str(self.directory / "notify"))
        threading.Thread(target=self._hear, daemon=True).start()

    def start(self):
        """Starts a process; returns once it is ready."""
        names = ["websocket", *(entry.name for entry in self.stored)]
        self._ready.clear()
        with open(self.directory / "log", "ab") as log:
            self.process = launch(
                self.binary, "serve", *self.options, listeners=[self.listener, *self.stored], names=":".join(names),
                environment={"NOTIFY_SOCKET": str(self.directory / "notify")}, stderr=log)
        assert wait_until(lambda: self._ready.is_set() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log()

    def end(self, signal):
        """Sends the signal, and waits until the process has ended. Returns its status."""
        self.process.send_signal(signal)
        return self.process.wait(30)

    def log(self):
        return (self.directory / "log").read_text()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for entry in self.stored:
            os.close(entry.number)
        self.listener.close()
        self._notices.close()

    def _hear(self):
        while True:
            try:
                data, ancillary, _, _ = self._notices.recvmsg(4096, socket.CMSG_SPACE(64))
            except OSError:
                return
            if not data:
                return
            fds = array.array("i")
            for _, _, payload in ancillary:
                fds.frombytes(payload[:len(payload) // 4 * 4])
            fields = dict(line.split("=", 1) for line in data.decode().splitlines())
            if "FDSTORE" in fields:
                self.stored += [Stored(fields["FDNAME"], fd) for fd in fds]
            else:
                # A barrier is a descriptor whose end is waited for (sd_notify_barrier(3)).
                for fd in fds:
                    os.close(fd)
            if "FDSTOREREMOVE" in fields:
                for entry in [entry for entry in self.stored if entry.name == fields["FDNAME"]]:
                    os.close(entry.number)
                    self.stored.remove(entry)
            self.told.append(fields)
            if "READY" in fields:
                self._ready.set()
