"""Instructions and allocations of the loop's thread for a message and for a delivery, as callgrind counts them, and the memory of an
idle client stay within a budget. Callgrind counts user space only; Tests/bench measures all, which is mostly the kernel."""

import re
import resource
import signal
import subprocess

import pytest

from client import TEXT, Connection, command, frame, request
from patience import scaled, wait_until


# Measured. A change that makes one of them 5 % larger has to give a reason. (Half of a message's instructions are those of
# Foundation's JSON decoder, half of a delivery's those of send(2) in glibc.)
INSTRUCTIONS_OF_MESSAGE = 77_500
INSTRUCTIONS_OF_1000_DELIVERIES = 91_000
ALLOCATIONS_OF_MESSAGE = 28.2
# A delivery to a client of Socket.IO is the same write of other bytes.
INSTRUCTIONS_OF_SOCKETIO_MESSAGE = 120_000
GROWTH = 1.05
# Bytes of resident memory by which an idle WebSocket of Socket.IO is larger than one of our own: measured 235 to 271. The kernel
# counts pages, and arrays grow by doubling.
BYTES_OF_SOCKETIO = 256
BYTES_OF_PAGES = 48

# The work of each second, Daemon.sweep(). It is not counted: how much of it falls into a window depends on the machine's load.
SWEEP = "$s6DaemonAAC5sweep*"

FEW, MANY = 100, 600
MESSAGES, WINDOWS = 5, 12


class Counted:
    """A daemon under callgrind, and `count` clients in its lobby, the first of them a speaker."""

    def __init__(self, program, folder, count):
        self.folder = folder
        self.path = str(folder / "socket")
        with open(folder / "log", "w") as log:
            self.process = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/profile",
                 f"--toggle-collect={SWEEP}", "--collect-atstart=yes", program,
                 "serve", "--listen", self.path, "--ledger", folder / "ledger", "--rate", "0",
                 # Pings are not part of a message's cost.
                 "--ping-interval", "3600", "--idle-timeout", "86400"], stderr=log)
        wait_until(lambda: "serves on" in (folder / "log").read_text(), 60)
        self.clients, self.sent, self.unanswered = [], 0, []
        for number in range(count):
            self.clients.append(self._native(number) if number == 0 else self._connect(number))

    def _native(self, number):
        client = Connection(self.path)
        client.seconds = 60
        client.send(command("hello", name=f"n{number}"))
        self._read_to(client, b'"type":"history"')
        return client

    _connect = _native

    @staticmethod
    def _read_to(client, text):
        while text not in client.frame()[1]:
            pass

    def talk(self, messages):
        """One message after the other: each is delivered to all clients before the next is sent."""
        for _ in range(messages):
            self.sent += 1
            text = b"x" * 93 + b"t%06d" % self.sent
            self.clients[0].send(
                frame(TEXT, b'{"type":"message","id":"m%06d","room":"lobby","text":"%s"}' % (self.sent, text), key=bytes(4)))
            for client in self.clients:
                self._read_to(client, self.mark(self.sent))

    @staticmethod
    def mark(number):
        """What of the numbered message each client gets."""
        return b'"id":"m%06d"' % number

    def window(self, number):
        """Instructions and allocations of the loop's thread for MESSAGES messages."""
        self.prepare()
        self._control("--zero")
        self.talk(MESSAGES)
        self._control("--dump")
        text = next(self.folder.glob(f"profile.{number}-01")).read_text()
        return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M)[1]), calls(text, {"malloc", "calloc", "realloc"})

    def prepare(self):
        """Before a window."""

    @property
    def is_disturbed(self):
        """Whether the last window had work besides the messages."""
        return False

    def _control(self, what):
        subprocess.run(["callgrind_control", what, str(self.process.pid)], check=True, capture_output=True, timeout=scaled(60))

    def stop(self):
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(scaled(60))


class CountedSocketIO(Counted):
    """The same with WebSockets of Socket.IO, but for the speaker. Pings are answered before a window, and not in it."""

    def prepare(self):
        while self.unanswered:
            self.unanswered.pop().send(frame(TEXT, b"3"))

    @property
    def is_disturbed(self):
        return bool(self.unanswered)

    def _connect(self, number):
        client = Connection(self.path, upgrade=False)
        client.seconds = 60
        client.send(request("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", Sec_WebSocket_Protocol=None))
        assert client.response()[0] == 101
        client.send(frame(TEXT, b"40"))
        self._read_to(client, b'40{"sid":')
        return client

    def _read_to(self, client, text):
        while text not in (payload := client.frame()[1]):
            if payload == b"2":
                self.unanswered.append(client)

    @staticmethod
    def mark(number):
        return b"t%06d" % number


def calls(profile, functions):
    """The number of calls of these functions (valgrind's manual, “Callgrind Format Specification”)."""
    names, callee, count = {}, None, 0
    for line in profile.splitlines():
        if match := re.match(r"c?fn=\((\d+)\)(?: (.*))?", line):
            if match[2]:
                names[match[1]] = match[2]
            if line.startswith("cfn"):
                callee = names.get(match[1])
        elif line.startswith("calls=") and callee in functions:
            count += int(line[6:].split()[0])
    return count


@pytest.fixture(scope="module")
def program(chatrelay, tmp_path_factory):
    """The program without its debugging information, which is too new for Debian's valgrind."""
    stripped = tmp_path_factory.mktemp("stripped") / "chatrelay"
    subprocess.run(["objcopy", "--strip-debug", chatrelay, stripped], check=True)
    return stripped


def cheapest(program, folder, count, kind=Counted):
    """The smallest values of some windows. On a busy machine it takes more of them until one has no pings in it."""
    folder.mkdir()
    counted, windows, is_clean = kind(program, folder, count), [], False
    try:
        for _ in range(5):
            counted.talk(1)
            counted.prepare()
        while len(windows) < WINDOWS or not is_clean and len(windows) < 4 * WINDOWS:
            windows.append(counted.window(len(windows) + 1))
            is_clean = is_clean or not counted.is_disturbed
    finally:
        counted.stop()
    return [min(values) / MESSAGES for values in zip(*windows)]


def test_costs_stay_within_their_budgets(program, tmp_path):
    few_instructions, few_allocations = cheapest(program, tmp_path / "few", FEW)
    many_instructions, many_allocations = cheapest(program, tmp_path / "many", MANY)
    deliveries = (many_instructions - few_instructions) * 1_000 / (MANY - FEW)
    message = few_instructions - deliveries * FEW / 1_000
    print(f"{message:.0f} instructions and {few_allocations:.1f} allocations for a message, "
          f"{deliveries:.0f} instructions and {many_allocations - few_allocations:.1f} allocations for 1,000 deliveries")
    assert deliveries <= INSTRUCTIONS_OF_1000_DELIVERIES * GROWTH
    assert message <= INSTRUCTIONS_OF_MESSAGE * GROWTH
    assert few_allocations <= ALLOCATIONS_OF_MESSAGE * GROWTH
    # No allocation for a recipient, not even one in a thousand.
    assert many_allocations - few_allocations < 1


def test_costs_of_socketio_stay_within_their_budgets(program, tmp_path):
    few_instructions, few_allocations = cheapest(program, tmp_path / "few", FEW, CountedSocketIO)
    many_instructions, many_allocations = cheapest(program, tmp_path / "many", MANY, CountedSocketIO)
    deliveries = (many_instructions - few_instructions) * 1_000 / (MANY - FEW)
    message = few_instructions - deliveries * FEW / 1_000
    print(f"{message:.0f} instructions and {few_allocations:.1f} allocations for a message, "
          f"{deliveries:.0f} instructions and {many_allocations - few_allocations:.1f} allocations for 1,000 deliveries")
    assert deliveries <= INSTRUCTIONS_OF_1000_DELIVERIES * GROWTH
    assert message <= INSTRUCTIONS_OF_SOCKETIO_MESSAGE * GROWTH
    assert many_allocations - few_allocations < 1


def native(path, number):
    client = Connection(path, headers={"X-Real-IP": f"10.0.{number >> 8}.{number & 255}"})
    client.send(command("hello", name=f"n{number}"))
    while b'"type":"history"' not in client.frame()[1]:
        pass
    return client


def socketio(path, number):
    client = Connection(path, upgrade=False)
    client.send(request("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", Sec_WebSocket_Protocol=None,
                        X_Real_IP=f"10.0.{number >> 8}.{number & 255}"))
    assert client.response()[0] == 101
    client.send(frame(TEXT, b'40{"name":"n%d"}' % number))
    while not client.frame()[1].startswith(b"40"):
        pass
    return client


def bytes_of_idle(serve, connect, warm=500, count=3_000):
    """Resident memory of the daemon for each idle client."""
    daemon = serve()
    clients = [connect(daemon.path, number) for number in range(warm)]
    before = daemon.rss()
    clients += [connect(daemon.path, number) for number in range(warm, warm + count)]
    grown = daemon.rss() - before
    for client in clients:
        client.close()
    return grown * 1_024 / count


def test_an_idle_websocket_of_socketio_is_little_larger_than_one_of_our_own(serve):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    own, other = bytes_of_idle(serve, native), bytes_of_idle(serve, socketio)
    print(f"{own:.0f} bytes for an idle WebSocket, {other:.0f} for one of Socket.IO")
    assert other - own <= BYTES_OF_SOCKETIO + BYTES_OF_PAGES
