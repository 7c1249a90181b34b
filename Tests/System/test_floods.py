"""Floods: one client, or thousands of connections, do what they can against the daemon. Those who mean no harm lose nothing and
wait for nothing, the daemon's memory stays bounded, and it is as before once the flood is over. (-s prints the figures.)"""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from audience import Audience
from crowd import Crowd
from pages import Metrics
from person import Person
from test_handover import again, keep  # noqa: F401 (a fixture)
from test_restart import rows
from wire import BINARY, CLOSE, Wire, frame, wait_until

FLOODS = Path(__file__).with_name("floods.py")
LONG = "CHATRELAY_ALL" in os.environ
SECONDS = 15 if LONG else 1.5
# Bounds that a busy machine meets, too: the figures themselves are printed.
P99 = 0.5
MEBIBYTES = 48


def begin(daemon, kind, seconds=SECONDS, count=0):
    return subprocess.Popen([sys.executable, FLOODS, kind, daemon.path, str(seconds), str(count)],
                            stdout=subprocess.PIPE, text=True)


def end(process):
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(output)


def withstand(daemon, kind, seconds=SECONDS, count=0):
    """A flood, with people who talk through it. Returns its outcomes."""
    with Audience(daemon.path) as audience:
        quiet = audience.talk(0.5)
        before = daemon.forget_peak()
        process = begin(daemon, kind, seconds, count)
        flooded = audience.talk(seconds)
        outcomes = end(process)
        growth = (daemon.peak() - before) / 1024
        print(f"\n{kind}: p99 {quiet * 1000:.1f} ms before, {flooded * 1000:.1f} ms in the flood; "
              f"memory +{growth:.1f} MiB; {outcomes}")
        assert flooded < P99 and growth < MEBIBYTES
        # Everybody is gone but those who meant no harm, and there is room for more.
        wait_until(lambda: Metrics(daemon.path)["chatrelay_connections"] == 10, what="their departure")
        Person(daemon.path).leave()
        audience.talk(0.2)
    return outcomes


def test_messages(daemon):
    outcomes = withstand(daemon, "messages")
    assert outcomes["rate-limited"] >= 250 * outcomes["4101"] > 0, "first it is told, then it is closed"


def test_handshakes_that_never_end(daemon):
    """Some of them stay, and the oldest go for those who come."""
    count = 18_000 if LONG else 4_000
    outcomes = withstand(daemon, "handshakes", count=count)
    assert outcomes["opened"] == count and outcomes["left"] <= 1_024
    assert "have sent no whole request" in daemon.log()


def test_newcomers_get_in_while_handshakes_never_end(serve):
    daemon = serve("--max-connections", "200")
    for _ in range(3):
        silent = [Wire(daemon.path, upgrade=False) for _ in range(400)]
        with Person(daemon.path) as late:
            late.expect("joined")
        for wire in silent:
            wire.close()


def test_fragments(daemon):
    outcomes = withstand(daemon, "fragments")
    assert outcomes["1008"] > 0 and outcomes["4101"] > 0


def test_empty_messages(daemon):
    assert withstand(daemon, "empty")["4101"] > 0


def test_pings_and_pongs(daemon):
    assert withstand(daemon, "pings")["1008"] > 0


@pytest.mark.parametrize("goodbye", [frame(3), frame(BINARY), frame(CLOSE), b""],
                         ids=["failure", "binary", "close", "refusal"])
def test_whoever_goes_on_after_the_goodbye_is_hung_up_on(daemon, goodbye):
    with Wire(daemon.path, upgrade=bool(goodbye)) as wire:
        wire.send(goodbye or b"no request\r\n\r\n")
        sent = 0
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while True:
                wire.send(bytes(65_536))
                sent += 65_536
        # What is discarded, and what the socket holds.
        assert sent < 2 << 20


def test_giant_frames(daemon):
    outcomes = withstand(daemon, "giants")
    assert set(outcomes) == {"1002", "1003", "1009"}


def test_coming_and_going(daemon):
    assert withstand(daemon, "storms")["came"] > 100


def test_coming_and_not_hanging_up(daemon):
    assert withstand(daemon, "stays")["came"] > 100


def test_byte_by_byte(serve):
    outcomes = withstand(serve("--handshake-timeout", "1"), "drips")
    assert outcomes["inside"] == 100, "who is slow is not wrong"


def test_json_bombs(daemon):
    outcomes = withstand(daemon, "bombs")
    assert outcomes["bad-json"] > 0 and outcomes["4101"] > 0


def test_names_that_collide(daemon):
    """They are as good as others; but whoever takes names in a loop gets no more."""
    outcomes = withstand(daemon, "names")
    assert outcomes["came"] >= 1_000 + outcomes["4105"] > 1_000


@pytest.mark.parametrize("kind", ["storms", "handshakes"])
def test_restarts_and_crashes_in_a_flood(keep, tmp_path, kind):  # noqa: F811
    """Who talks then loses nothing, and stays; but for whom a crash hits in the middle of a write."""
    daemon = keep("--address-connections", "100")
    with Crowd(lambda: connected(daemon.path), 20, seed=1) as crowd:
        flood = begin(daemon, kind, seconds=3, count=1_500)
        crowd.talk()
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR2, signal.SIGKILL):
            wait_until(lambda: all(one.is_welcome for one in crowd.people), what="everybody's welcome")
            heard = sum(len(one.log) for one in crowd.people)
            crowd.wait(lambda: sum(len(one.log) for one in crowd.people) > heard + 100, "a talk")
            again(daemon, number)
        crowd.hush()
        print(f"\n{kind}: {end(flood)}; {crowd.drops} connections of {len(crowd.people)} lost, {daemon.rss()} KiB")
        crowd.wait(lambda: all(one.is_welcome and not one.waits for one in crowd.people), "everybody's return")
        crowd.verify(rows(tmp_path / "ledger"))
        assert crowd.drops <= 4


def test_a_crash_among_many_half_requests(keep):  # noqa: F811
    """They end with the crash, in another order than they came in; the others live on."""
    daemon = keep()

    def half():
        wire = Wire(daemon.path, upgrade=False)
        wire.send(b"GET /ws HT")
        return wire

    with Person(daemon.path, "Ada") as ada:
        halves = [half() for _ in range(900)]
        for start in (0, 1, 0):
            for wire in halves[start::2]:
                wire.close()
            halves = halves[1 - start::2] + [half() for _ in range(450)]
        again(daemon, signal.SIGKILL)
        ada.until("system", event="restart")


def connected(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    return client


def test_more_than_there_is_room_for(serve):
    daemon = serve("--max-connections", "100")
    outcomes = withstand(daemon, "crowds", count=500)
    assert outcomes["101"] == 90 and outcomes["503"] == 410


def test_more_than_there_are_descriptors_for(serve):
    """They wait until there are some again."""
    daemon = serve("--max-connections", "5000")
    used = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + 50, used + 50))
    outcomes = withstand(daemon, "crowds", count=100)
    assert outcomes["101"] >= 30 and outcomes["waits"] > 0
    assert "Newcomers have to wait" in daemon.log()
