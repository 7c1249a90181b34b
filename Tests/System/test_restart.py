"""No connection is dropped: restarts, crashes and upgrades at random moments, through the real nginx under the real systemd.

The whole proof, half an hour of it:  CHATRELAY_PEOPLE=500 CHATRELAY_ROUNDS=50 pytest test_restart.py -k chaos
"""

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed

import box as box_module
from conftest import install
from page_seat import Seat, browser  # noqa: F401  (a fixture)

PEOPLE = int(os.environ.get("CHATRELAY_PEOPLE", "60"))
ROUNDS = int(os.environ.get("CHATRELAY_ROUNDS", "5"))
SOCKET = "/run/chatrelay/chatrelay.sock"
SETTINGS = "CHATRELAY_RATE=0\n"


@pytest.fixture
def unit(box):
    """The box with the sockets and nginx running, and nothing kept."""
    box.write("/etc/default/chatrelay", SETTINGS)
    box.run("systemctl", "start", "chatrelay.socket", "chatrelay-control.socket", "nginx.service")
    box.since = time.time()
    yield box
    box.run("systemctl", "stop", "nginx.service", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    box.run("systemctl", "clean", "--what=state", "chatrelay.service")
    box.run("rm", "/etc/default/chatrelay")


def show(box, name):
    return box.output("systemctl", "show", "chatrelay.service", "-P", name)


def records(box, sentence):
    """The daemon's records since the test began that have the sentence in them."""
    box.run("journalctl", "--sync")
    lines = box.output("journalctl", "-u", "chatrelay", "-o", "json", f"--since=@{box.since:.6f}").splitlines()
    return [record for record in map(json.loads, lines) if sentence in record["MESSAGE"]]


def events(box):
    """What the ledger has, as Crowd.verify wants it."""
    box.run("chatrelay", "backup", "--force", "/root/events")
    with tempfile.TemporaryDirectory() as folder:
        for file in box.path("/root").glob("events*"):
            shutil.copy(file, folder)
            file.unlink()
        return rows(f"{folder}/events")


def rows(path):
    database = sqlite3.connect(path)
    found = database.execute("SELECT seq, id, kind, name, ifnull(room, peer_name), text FROM events"
                             " WHERE id IS NOT NULL ORDER BY seq").fetchall()
    database.close()
    return found


def upgrade(box, binary):
    """As a package does it: another file in the place of the old one, then a restart."""
    box.put(binary, "/usr/bin/chatrelay.new", 0o755)
    box.run("mv", "/usr/bin/chatrelay.new", "/usr/bin/chatrelay")
    box.run("systemctl", "restart", "chatrelay.service")


def kill(box):
    """A crash, and the next process at work."""
    before = show(box, "NRestarts")
    box.run("systemctl", "kill", "-s", "KILL", "chatrelay.service")
    wait_until(lambda: show(box, "NRestarts") != before and show(box, "SubState") == "running", 30)


class Door:
    """A port of this machine that leads to nginx in the box: a browser can't step into it."""

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
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one, other):
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
    """Ada and Bob in front of real pages, which count when they say that they are not online."""
    door = Door(unit)
    pages = [Seat(browser, door.url, name).open() for name in ("Ada", "Bob")]
    for seat in pages:
        seat.page.evaluate("""() => { window.breaks = 0; const state = document.querySelector("#state"); new MutationObserver(
            () => { breaks += state.dataset.state !== "online"; }).observe(state, { attributeFilter: ["data-state"] }); }""")
    yield pages
    for seat in pages:
        seat.context.close()
    door.listener.close()


@pytest.mark.timeout(3600)
def test_chaos_drops_nobody_and_loses_nothing(unit, chatrelay, pages):
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
    with Crowd(lambda: unit.connect(3000, 30), PEOPLE, seed) as crowd:
        crowd.talk()
        for number, step in enumerate(todo):
            # Any moment will do: that is the point.
            time.sleep(chance.uniform(0.05, 0.5))
            ada.write(f"before {number}")
            step()
            heard = len(crowd.people[0].log)
            crowd.wait(lambda: len(crowd.people[0].log) > heard, "it goes on")
            bob.expect_said(f"before {number}")
            bob.say(f"after {number}")
            said += [("Ada", f"before {number}"), ("Bob", f"after {number}")]
        crowd.hush()
        silence = max(one.silence for one in crowd.people)
        in_doubt = sum(int(record["CHATRELAY_IN_DOUBT"]) for record in records(unit, "Took back"))
        crowd.verify([row for row in events(unit) if row[4] != "lobby"])
        for seat in pages:
            seat.expect_said(said[-1][1])
            assert seat.messages() == said
        breaks = sum(seat.page.evaluate("breaks") for seat in pages)
        # Each that was closed in doubt after a crash has noticed, and nobody else; a planned restart leaves nobody in doubt.
        # (A page says that it is offline, and that it connects.)
        assert crowd.drops + breaks / 2 <= in_doubt, (crowd.drops, breaks, in_doubt)
        assert in_doubt <= 2 * ROUNDS
        restarts = sum(one.restarts for one in crowd.people)
        # Whoever comes back from one crash may be at the door at the next one.
        assert restarts >= ROUNDS * PEOPLE - 2 * crowd.drops
        print(f"{len(events(unit))} messages, {sum(len(one.log) for one in crowd.people)} deliveries, {len(todo)} times, "
              f"{crowd.drops} drops, {breaks // 2} of pages, {in_doubt} in doubt, longest silence {silence:.2f} s")
    took = records(unit, "Took back")
    assert len(took) >= 2 * ROUNDS + 2 and all("ms" in record["MESSAGE"] for record in took)
    # All have gone, and with them what was kept for them.
    wait_until(lambda: int(show(unit, "NFileDescriptorStore")) <= 9, 20)


def test_systemctl_tells_the_story(unit):
    with Client(str(unit.path(SOCKET)), "Ada") as ada:
        unit.run("systemctl", "restart", "chatrelay.service")
        ada.say("Hello")
        ada.until("message", text="Hello")
        status = unit.output("systemctl", "status", "chatrelay.service")
        assert "Took back 1 connection in " in status and 'Status: "1 connection, 1 user' in status
        kill(unit)
        assert ada.until("system", event="restart")["again"] == 1
        assert "closed 0 in doubt" in unit.output("systemctl", "status", "chatrelay.service")


@pytest.mark.parametrize("units", [["chatrelay.service"], ["chatrelay.socket", "chatrelay.service"]])
def test_a_stop_is_told_to_everybody(unit, units):
    ada = Client(str(unit.path(SOCKET)), "Ada")
    unit.run("systemctl", "stop", *units)
    assert closing(ada) == 1001 and ada.close_reason


def test_a_wrong_setting_costs_no_connection_and_no_journal(unit):
    """The service is started again until the line is mended, about once a second, and nobody has noticed."""
    with Client(str(unit.path(SOCKET)), "Ada") as ada:
        unit.write("/etc/default/chatrelay", "CHATRELAY_RATE=fast\n")
        began = time.monotonic()
        assert unit.run("systemctl", "restart", "chatrelay.service", check=False).returncode != 0
        wait_until(lambda: int(show(unit, "NRestarts")) >= 3, 30, "the third restart")
        assert time.monotonic() - began > 3
        unit.write("/etc/default/chatrelay", SETTINGS)
        ada.say("Hello")
        ada.until("message", text="Hello")
        assert records(unit, "“fast” is not allowed")


@pytest.mark.parametrize("command", [["poweroff"], ["isolate", "rescue.target"]], ids=" ".join)
def test_a_shutdown_is_told_to_everybody(chatrelay, command):
    """The bus is stopped at the same moment: it is not asked."""
    if reason := box_module.missing():
        pytest.skip(reason)
    with box_module.Box() as box:
        install(box, chatrelay)
        box.run("systemctl", "start", "chatrelay.socket")
        ada = Client(str(box.path(SOCKET)), "Ada")
        box.run("systemctl", *command, check=False)
        assert closing(ada) == 1001


def closing(person):
    """The close code that a person gets in the end."""
    with pytest.raises(ConnectionClosed):
        while True:
            person.next()
    return person.close_code


@pytest.mark.parametrize("what", ["restart", "stop"])
def test_a_bus_that_hangs_changes_nothing(unit, what):
    ada = Client(str(unit.path(SOCKET)), "Ada")
    bus = unit.process("dbus-daemon")
    os.kill(bus, signal.SIGSTOP)
    try:
        unit.run("systemctl", what, "chatrelay.service")
    finally:
        os.kill(bus, signal.SIGCONT)
    if what == "stop":
        assert closing(ada) == 1001
    else:
        ada.say("Hello")
        ada.until("message", text="Hello")
        ada.leave()


@pytest.mark.parametrize("bus", ["nowhere", "deaf"])
def test_a_stop_without_an_answer_is_taken_for_a_restart(unit, bus):
    """Where nobody can say which it is, nobody is hung up on with words that may be wrong. (Not as root, it may ask the bus only,
    which is not there, or does not answer.)"""
    unit.run("mkdir", "-p", "/run/systemd/system/chatrelay.service.d")
    unit.write("/run/systemd/system/chatrelay.service.d/bus.conf",
               f"[Service]\nExecStop=\nExecStop=-env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/{bus} /usr/bin/chatrelay ending $MAINPID\n")
    unit.run("systemctl", "daemon-reload")
    deaf = socket.socket(socket.AF_UNIX)
    deaf.bind(str(unit.path("/run/deaf")))
    unit.run("chmod", "666", "/run/deaf")
    deaf.listen()
    try:
        with Client(str(unit.path(SOCKET)), "Ada") as ada:
            began = time.monotonic()
            unit.run("systemctl", "restart", "chatrelay.service")
            ada.say("Hello")
            ada.until("message", text="Hello")
            assert time.monotonic() - began < 5
            assert records(unit, "taken for a restart")
            unit.run("systemctl", "stop", "chatrelay.service")
            assert closing(ada) == 1006
    finally:
        deaf.close()
        unit.run("rm", "-r", "/run/systemd/system/chatrelay.service.d", "/run/deaf")
        unit.run("systemctl", "daemon-reload")
