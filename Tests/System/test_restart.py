"""No connection is dropped: restarts, crashes and upgrades at random moments, through nginx and under systemd.

The long run takes half an hour:  CHATRELAY_CLIENTS=500 CHATRELAY_ROUNDS=50 pytest test_restart.py -k chaos
"""

import json
import os
import random
import shutil
import signal
import socket
import tempfile
import threading
import time

import pytest

import box as box_module
from client import ChattingClients, Client, rows_of
from conftest import install
from page_object import ChatPage, browser  # noqa: F401  (a fixture)
from patience import scaled, wait_until
from socketio_person import Person

CLIENTS = int(os.environ.get("CHATRELAY_CLIENTS", "60"))
ROUNDS = int(os.environ.get("CHATRELAY_ROUNDS", "5"))
SOCKET = "/run/chatrelay/chatrelay.sock"
SETTINGS = "CHATRELAY_RATE=0\n"


@pytest.fixture
def unit(box):
    """The box with the sockets and nginx running, and no state."""
    # The clients of a busy machine need longer to say hello again after a crash.
    box.write("/etc/default/chatrelay", f"{SETTINGS}CHATRELAY_GRACE={round(scaled(10))}\n")
    box.run("systemctl", "start", "chatrelay.socket", "chatrelay-control.socket", "nginx.service")
    box.since = time.time()
    yield box
    box.run("systemctl", "stop", "nginx.service", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    box.run("systemctl", "clean", "--what=state", "chatrelay.service")
    box.run("rm", "/etc/default/chatrelay")


def show(box, name):
    return box.output("systemctl", "show", "chatrelay.service", "-P", name)


def records(box, sentence):
    """The daemon's records since the test began that contain the sentence."""
    box.run("journalctl", "--sync")
    lines = box.output("journalctl", "-u", "chatrelay", "-o", "json", f"--since=@{box.since:.6f}").splitlines()
    return [record for record in map(json.loads, lines) if sentence in record["MESSAGE"]]


def rows(box):
    """The messages in the ledger, as ChattingClients.verify takes them."""
    box.run("chatrelay", "backup", "--force", "/root/backup")
    with tempfile.TemporaryDirectory() as folder:
        for file in box.path("/root").glob("backup*"):
            shutil.copy(file, folder)
            file.unlink()
        return rows_of(f"{folder}/backup")


def upgrade(box, binary):
    """As a package does it: replaces the file, then restarts."""
    box.put(binary, "/usr/bin/chatrelay.new", 0o755)
    box.run("mv", "/usr/bin/chatrelay.new", "/usr/bin/chatrelay")
    box.run("systemctl", "restart", "chatrelay.service")


def kill(box):
    """Kills the daemon, and waits until the next process runs."""
    before = show(box, "NRestarts")
    box.run("systemctl", "kill", "-s", "KILL", "chatrelay.service")
    wait_until(lambda: show(box, "NRestarts") != before and show(box, "SubState") == "running", 30, "the next process")


class Forwarder:
    """A port of this machine that leads to nginx in the box, for browsers, which can't enter its network namespace."""

    def __init__(self, box):
        self.box, self.listener = box, socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                outside, _ = self.listener.accept()
            except OSError:
                return
            inside = self.box.connect(3000, None)
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@pytest.fixture
def pages(unit, browser):  # noqa: F811
    """Pages of Ada and Bob, which count each change to another state than online."""
    forwarder = Forwarder(unit)
    unit.url = forwarder.url
    pages = [ChatPage(browser, forwarder.url, name).open() for name in ("Ada", "Bob")]
    for page in pages:
        page.page.evaluate("""() => { window.breaks = 0; const state = document.querySelector("#connection-state"); new MutationObserver(
            () => { breaks += state.dataset.state !== "online"; }).observe(state, { attributeFilter: ["data-state"] }); }""")
    yield pages
    for page in pages:
        page.context.close()
    forwarder.listener.close()


@pytest.mark.timeout(3600)
def test_random_restarts_drop_no_connection_and_lose_no_message(unit, chatrelay, pages):
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    planned = [lambda: unit.run("systemctl", "restart", "chatrelay.service")] * ROUNDS + [
        lambda: unit.run("systemctl", "daemon-reload"), lambda: unit.run("systemctl", "daemon-reexec"),
        lambda: unit.run("systemctl", "restart", "chatrelay.socket"), lambda: upgrade(unit, chatrelay)]
    todo = planned + [lambda: kill(unit)] * ROUNDS
    chance.shuffle(todo)
    ada, bob = pages
    said = []
    people = [Person(unit.url, [transport]) for transport in ("polling", "websocket")]
    rooms = [[f"room-{number % max(1, CLIENTS // 25)}"] for number in range(CLIENTS)]
    with ChattingClients(lambda: unit.connect(3000, 30), rooms, seed) as clients:
        clients.talk()
        for number, step in enumerate(todo):
            time.sleep(chance.uniform(0.05, 0.5))  # any moment is tested
            ada.submit(f"before {number}")
            step()
            received = len(clients.members[0].log)
            clients.wait(lambda: len(clients.members[0].log) > received, "the next message")
            bob.expect_message(f"before {number}")
            bob.say(f"after {number}")
            people[number % 2].say(f"Socket.IO {number}")
            said += [f"before {number}", f"after {number}", f"Socket.IO {number}"]
        clients.stop_talking()
        silence = max(member.silence for member in clients.members)
        in_doubt = sum(int(record["CHATRELAY_IN_DOUBT"]) for record in records(unit, "Took back"))
        messages = rows(unit)
        clients.verify([row for row in messages if row[4] != "lobby"])
        assert [member.notices for member in clients.members if member.notices] == [], "no user joins or leaves"
        for page in pages:
            page.expect_message(said[-1])
            assert [text for _, text in page.messages()] == said
        for person in people:
            wait_until(lambda: len(person.texts) >= len(said))
            assert person.texts == said, person.transport
            # A crash ends the session, and so does a poll that meets no socket: while systemd restarts that.
            ends = ROUNDS + (person.transport == "polling")
            assert person.log.count("disconnect") <= ends, (person.transport, person.log)
            person.client.disconnect()
        breaks = sum(page.page.evaluate("breaks") for page in pages)
        # Only a connection to which a crashed process was writing is closed; a planned restart closes none. (A page shows two
        # states for one break: offline and connecting.)
        assert clients.drops + breaks / 2 <= in_doubt, (clients.drops, breaks, in_doubt)
        assert in_doubt <= 2 * ROUNDS
        # A client that comes back from one crash may be in its handshake at the next.
        assert sum(member.restarts for member in clients.members) >= ROUNDS * CLIENTS - 2 * clients.drops
        print(f"{len(messages)} messages, {clients.deliveries} deliveries, {len(todo)} steps, {clients.drops} drops, "
              f"{breaks // 2} of pages, {in_doubt} in doubt, longest silence {silence:.2f} s")
    took = records(unit, "Took back")
    assert len(took) >= 2 * ROUNDS + 2 and all("ms" in record["MESSAGE"] for record in took)
    # The stored descriptors of all ended connections are gone.
    wait_until(lambda: int(show(unit, "NFileDescriptorStore")) <= 9, 20, "the end of the stored descriptors")


def test_systemctl_status_counts_connections(unit):
    with Client(str(unit.path(SOCKET)), "Ada") as ada:
        unit.run("systemctl", "restart", "chatrelay.service")
        ada.say("Hello")
        ada.until("message", text="Hello")
        # A busy service manager reads the status later.
        wait_until(lambda: 'Status: "1 connection, 1 user' in unit.output("systemctl", "status", "chatrelay.service"))
        assert "Took back 1 connection in " in unit.output("systemctl", "status", "chatrelay.service")
        kill(unit)
        assert ada.until("system", event="restart")["again"] == 1
        assert "closed 0 in doubt" in unit.output("systemctl", "status", "chatrelay.service")


@pytest.mark.parametrize("units", [["chatrelay.service"], ["chatrelay.socket", "chatrelay.service"]])
def test_a_stop_closes_connections_with_1001(unit, units):
    ada = Client(str(unit.path(SOCKET)), "Ada")
    unit.run("systemctl", "stop", *units)
    assert ada.expect_close() == 1001 and ada.close_reason
    assert show(unit, "ExecMainStatus") == "0" and show(unit, "Result") == "success"


def test_a_wrong_setting_costs_no_connection(unit):
    """systemd starts the service about once a second until the setting is right, more often than its own limit of starts, and no
    session notices."""
    with Client(str(unit.path(SOCKET)), "Ada") as ada:
        unit.write("/etc/default/chatrelay", "CHATRELAY_RATE=fast\n")
        began = time.monotonic()
        assert unit.run("systemctl", "restart", "chatrelay.service", check=False).returncode != 0
        wait_until(lambda: int(show(unit, "NRestarts")) > 5, 30, "the sixth restart")
        assert time.monotonic() - began > 5
        unit.write("/etc/default/chatrelay", SETTINGS)
        ada.say("Hello")
        ada.until("message", text="Hello")
        assert all("CHATRELAY_RATE" in record["MESSAGE"] for record in records(unit, "“fast” is not allowed"))
        assert records(unit, "“fast” is not allowed")


@pytest.mark.parametrize("command", [["poweroff"], ["isolate", "rescue.target"]], ids=" ".join)
def test_a_shutdown_closes_connections_with_1001(chatrelay, command):
    """The bus stops at the same moment, so the daemon can't ask it."""
    if reason := box_module.missing():
        pytest.skip(reason)
    with box_module.Box() as box:
        install(box, chatrelay)
        box.run("systemctl", "start", "chatrelay.socket")
        ada = Client(str(box.path(SOCKET)), "Ada")
        box.run("systemctl", *command, check=False)
        assert ada.expect_close() == 1001


@pytest.mark.parametrize("what", ["restart", "stop"])
def test_a_hanging_bus_delays_neither_restart_nor_stop(unit, what):
    ada = Client(str(unit.path(SOCKET)), "Ada")
    bus = unit.process("dbus-daemon")
    os.kill(bus, signal.SIGSTOP)
    try:
        unit.run("systemctl", what, "chatrelay.service")
    finally:
        os.kill(bus, signal.SIGCONT)
    if what == "stop":
        assert ada.expect_close() == 1001
    else:
        ada.say("Hello")
        ada.until("message", text="Hello")
        ada.leave()


@pytest.mark.parametrize("bus", ["missing", "silent"])
def test_a_stop_is_taken_for_a_restart_where_systemd_does_not_answer(unit, bus):
    """Then no close frame is sent, because its code may be wrong. (Not as root, the daemon may ask the bus only, which is missing
    or does not answer.)"""
    unit.run("mkdir", "-p", "/run/systemd/system/chatrelay.service.d")
    unit.write("/run/systemd/system/chatrelay.service.d/bus.conf",
               f"[Service]\nExecStop=\nExecStop=-env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/{bus} /usr/bin/chatrelay ending $MAINPID\n")
    unit.run("systemctl", "daemon-reload")
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(unit.path("/run/silent")))
    unit.run("chmod", "666", "/run/silent")
    silent.listen()
    try:
        with Client(str(unit.path(SOCKET)), "Ada") as ada:
            began = time.monotonic()
            unit.run("systemctl", "restart", "chatrelay.service")
            ada.say("Hello")
            ada.until("message", text="Hello")
            assert time.monotonic() - began < scaled(5)
            assert records(unit, "taken for a restart")
            unit.run("systemctl", "stop", "chatrelay.service")
            assert ada.expect_close() == 1006
    finally:
        silent.close()
        unit.run("rm", "-r", "/run/systemd/system/chatrelay.service.d", "/run/silent")
        unit.run("systemctl", "daemon-reload")
