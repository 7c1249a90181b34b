"""Floods: hostile clients (hostile.py) do what they can against the daemon. Other clients lose no message and do not wait, memory
stays bounded, and after the flood the daemon is as before. `pytest -s` prints the figures."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from client import BINARY, CLOSE, ChattingClients, Client, Connection, SteadyClients, frame, rows_of
from pages import Metrics
from patience import scaled, wait_until
from test_handover import keep, restart  # noqa: F401 (a fixture)

HOSTILE = Path(__file__).with_name("hostile.py")
LONG = "CHATRELAY_ALL" in os.environ
SECONDS = 15 if LONG else 1.5
# Far above the figures of a quiet machine, which are printed.
P99 = 0.5
MEBIBYTES = 48


def begin(daemon, kind, seconds=SECONDS, count=0):
    return subprocess.Popen([sys.executable, HOSTILE, kind, daemon.path, str(seconds), str(count)],
                            stdout=subprocess.PIPE, text=True)


def end(process):
    output, _ = process.communicate(timeout=scaled(60))
    assert process.returncode == 0
    return json.loads(output)


def withstand(daemon, kind, seconds=SECONDS, count=0):
    """Clients chat before and during a flood, with bounded delays and memory. Returns the outcomes of the flood."""
    limit = scaled(P99)
    with SteadyClients(daemon.path) as clients:
        quiet = clients.talk(0.5)
        before = daemon.forget_peak()
        process = begin(daemon, kind, seconds, count)
        flooded = clients.talk(seconds)
        outcomes = end(process)
        growth = (daemon.peak() - before) / 1024
        print(f"\n{kind}: p99 {quiet * 1000:.1f} ms before, {flooded * 1000:.1f} ms in the flood; "
              f"memory +{growth:.1f} MiB; {outcomes}")
        assert flooded < limit and growth < MEBIBYTES
        # The hostile clients are gone, and new clients are accepted.
        wait_until(lambda: Metrics(daemon.path)["chatrelay_connections"] == 10, what="the end of the hostile connections")
        Client(daemon.path).leave()
        clients.talk(0.2)
    return outcomes


def test_messages(daemon):
    outcomes = withstand(daemon, "messages")
    assert outcomes["rate-limited"] >= 250 * outcomes["4101"] > 0, "errors come first, then the close frame"


def test_requests_that_never_end(daemon):
    """A new connection takes the place of the oldest of them."""
    count = 18_000 if LONG else 4_000
    outcomes = withstand(daemon, "handshakes", count=count)
    assert outcomes["opened"] == count and outcomes["left"] <= 1_024
    assert "have sent no complete request" in daemon.log()


def test_new_clients_are_accepted_while_requests_never_end(serve):
    daemon = serve("--max-connections", "200")
    for _ in range(3):
        silent = [Connection(daemon.path, upgrade=False) for _ in range(400)]
        with Client(daemon.path) as client:
            client.expect("joined")
        for connection in silent:
            connection.close()


def test_fragments(daemon):
    outcomes = withstand(daemon, "fragments")
    assert outcomes["1008"] > 0 and outcomes["4101"] > 0


def test_empty_messages(daemon):
    assert withstand(daemon, "empty")["4101"] > 0


def test_pings_and_pongs(daemon):
    assert withstand(daemon, "pings")["1008"] > 0


@pytest.mark.parametrize("last", [frame(3), frame(BINARY), frame(CLOSE), b""],
                         ids=["failure", "binary", "close", "refusal"])
def test_a_client_that_sends_after_the_close_frame_is_disconnected(daemon, last):
    with Connection(daemon.path, upgrade=bool(last)) as connection:
        connection.send(last or b"no request\r\n\r\n")
        sent = 0
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while True:
                connection.send(bytes(65_536))
                sent += 65_536
        # The bytes that the daemon discards, and those in the socket.
        assert sent < 2 << 20


def test_giant_frames(daemon):
    outcomes = withstand(daemon, "giants")
    assert set(outcomes) == {"1002", "1003", "1009"}


def test_connecting_and_disconnecting(daemon):
    assert withstand(daemon, "storms")["connected"] > 100


def test_connecting_and_not_disconnecting(daemon):
    assert withstand(daemon, "stays")["connected"] > 100


def test_byte_by_byte(serve):
    outcomes = withstand(serve("--handshake-timeout", "1"), "drips")
    assert outcomes["inside"] == 100, "slow frames are valid"


def test_json_bombs(daemon):
    outcomes = withstand(daemon, "bombs")
    assert outcomes["bad-json"] > 0 and outcomes["4101"] > 0


def test_names_that_collide(daemon):
    """They cost no more than others; an address that reserves names in a loop is refused."""
    outcomes = withstand(daemon, "names")
    assert outcomes["connected"] >= 1_000 + outcomes["4105"] > 1_000


@pytest.mark.parametrize("kind", ["storms", "handshakes"])
def test_restarts_and_crashes_in_a_flood(keep, tmp_path, kind):  # noqa: F811
    """Sessions lose no message, and no connection, except one to which a crashed process was writing."""
    daemon = keep("--address-connections", "100")
    with ChattingClients(daemon.path, [["room"]] * 20, seed=1) as clients:
        flood = begin(daemon, kind, seconds=3, count=1_500)
        clients.talk()
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR2, signal.SIGKILL):
            clients.wait(lambda: all(member.is_welcome for member in clients.members), "each welcome")
            received = clients.deliveries
            clients.wait(lambda: clients.deliveries > received + 100, "100 deliveries")
            restart(daemon, number)
        clients.stop_talking()
        print(f"\n{kind}: {end(flood)}; {clients.drops} connections of {len(clients.members)} lost, {daemon.rss()} KiB")
        clients.wait(lambda: all(member.is_live for member in clients.members), "the return of each")
        clients.verify(rows_of(tmp_path / "ledger"))
        assert not any(member.notices for member in clients.members), "no user joins or leaves"
        assert clients.drops <= 4


def test_a_crash_among_many_half_requests(keep):  # noqa: F811
    """Unfinished requests end with the crash, in another order than they were opened; sessions live on."""
    daemon = keep()

    def half():
        connection = Connection(daemon.path, upgrade=False)
        connection.send(b"GET /ws HT")
        return connection

    with Client(daemon.path, "Ada") as ada:
        halves = [half() for _ in range(900)]
        for start in (0, 1, 0):
            for connection in halves[start::2]:
                connection.close()
            halves = halves[1 - start::2] + [half() for _ in range(450)]
        restart(daemon, signal.SIGKILL)
        ada.until("system", event="restart")


def test_more_connections_than_are_allowed(serve):
    daemon = serve("--max-connections", "100")
    outcomes = withstand(daemon, "surplus", count=500)
    assert outcomes["101"] == 90 and outcomes["503"] == 410


def test_more_connections_than_descriptors(serve):
    """Connections wait until a descriptor is free."""
    daemon = serve("--max-connections", "5000")
    used = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + 50, used + 50))
    outcomes = withstand(daemon, "surplus", count=100)
    assert outcomes["101"] >= 30 and outcomes["waits"] > 0
    assert "There is no free descriptor" in daemon.log()
