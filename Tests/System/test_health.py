"""/healthz, the watchdog and the status line: what is wrong is said, and is well again when it is over."""

import subprocess

import pytest

from frozen import Frozen
from pages import get
from test_ledger import fill

EVIL = {"Origin": "https://evil.example"}


def test_healthz_is_a_plain_page(daemon):
    status, fields, body = get(daemon.path, "/healthz")
    assert (status, body) == (200, "ok\n")
    assert fields["content-type"] == "text/plain; charset=utf-8" and fields["connection"] == "close"
    assert fields["cache-control"] == "no-store"
    assert get(daemon.path, "/healthz?deep=1", **EVIL)[0] == 200
    assert get(daemon.path, "/healthz", "HEAD") == (200, fields, "")


@pytest.mark.parametrize("target", ["/healthz", "/metrics"])
def test_other_methods_are_refused(daemon, target):
    for method in ("POST", "PUT", "OPTIONS", "get"):
        status, fields, _ = get(daemon.path, target, method)
        assert status == 405 and fields["allow"] == "GET, HEAD"
    assert get(daemon.path, "/health")[0] == 426


@pytest.mark.parametrize("target", ["/healthz", "/metrics"])
def test_curl_reads_it_from_the_socket(daemon, target):
    done = subprocess.run(["curl", "--silent", "--fail", "--max-time", "10", "--unix-socket", daemon.path,
                           "http://localhost" + target], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.endswith(("ok\n", "# EOF\n"))


def test_a_full_disk_is_told_and_mended_without_anybody_trying(serve, disk):
    daemon = serve("--ledger", str(disk / "ledger"), "--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        fill(ada)
        status, _, body = get(daemon.path, "/healthz")
        assert status == 503 and "is full: make room" in body and body.count("\n") == 1
        daemon.notified.wait("STATUS=The disk of the ledger")
        heard = len(daemon.notified.lines)
        disk.remount("size=8m")
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        daemon.notified.wait("STATUS=1 connection, ", after=heard)
        ada.say("again")
        ada.until("message", id="again")


@pytest.mark.parametrize("ledger", ["file", "memory"])
def test_while_the_writer_hangs_the_watchdog_hears_nothing(serve, tmp_path, ledger):
    options = ["--ledger", str(tmp_path / "ledger")] if ledger == "file" else []
    daemon = serve(*options, environment={"WATCHDOG_USEC": "1000000"})

    def pings():
        return daemon.notified.lines.count("WATCHDOG=1")

    with Client(daemon.path, "Ada") as ada:
        wait_until(lambda: pings() > 2, what="the watchdog's answers")
        with Frozen(daemon.pid, "ledger") as frozen:
            ada.say("waits")
            wait_until(lambda: get(daemon.path, "/healthz")[0] == 503, what="the stall")
            last = pings()
            wait_until(lambda: "nothing done for 3 s" in get(daemon.path, "/healthz")[2], what="three seconds")
            assert pings() == last
            daemon.notified.wait("STATUS=The ledger has got nothing done for ")
            assert daemon.log().count("The ledger has got nothing done") == 1
            # Everything else goes on.
            ada.send("typing", room="lobby")
            ada.socket.ping().wait(scaled(10))
            heard = len(daemon.notified.lines)
            frozen.thaw()
        ada.until("message", id="waits")
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        wait_until(lambda: pings() > last + 2, what="the watchdog's answers")
        daemon.notified.wait("STATUS=1 connection, ", after=heard)
        assert daemon.log().count("The ledger goes on, after ") == 1


def test_a_writer_with_nothing_to_do_is_well(serve):
    daemon = serve(environment={"WATCHDOG_USEC": "1000000"})
    frozen = Frozen(daemon.pid, "ledger")
    frozen.wait_for_rest()
    with frozen:
        heard = daemon.notified.lines.count("WATCHDOG=1")
        wait_until(lambda: daemon.notified.lines.count("WATCHDOG=1") > heard + 4, what="the watchdog's answers")
        assert get(daemon.path, "/healthz")[0] == 200


def test_a_full_server_and_its_end_are_in_the_status(serve):
    daemon = serve("--max-connections", "1")
    with Client(daemon.path, "Ada"):
        daemon.notified.wait("STATUS=All connections are in use: raise --max-connections.")
        heard = len(daemon.notified.lines)
    daemon.notified.wait("STATUS=0 connections, ", after=heard)
