"""/healthz, the watchdog and the status line, in good health and while the ledger hangs. test_ledger.py has the full disk."""

import concurrent.futures
import subprocess

import pytest

from client import Client, Connection, request
from frozen import Frozen
from pages import get
from patience import wait_until

EVIL = {"Origin": "https://evil.example"}


def test_healthz_is_plain_text(daemon):
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
    assert get(daemon.path, "/health")[0] == 404


@pytest.mark.parametrize("line", ["OPTIONS / HTTP/1.0", "OPTIONS * HTTP/1.0", "GET /healthz HTTP/1.0", "OPTIONS / HTTP/1.1\r\nHost: a"])
def test_health_checks_of_proxies_are_answered(daemon, line):
    """HAProxy's are HTTP/1.0 without Host, and OPTIONS unless another method is configured."""
    with Connection(daemon.path, upgrade=False) as check:
        check.send(f"{line}\r\n\r\n".encode())
        status, _, body = check.response()
        assert (status, body) == (200, "ok\n") and check.at_end()


def test_http_1_0_has_no_websocket(daemon):
    """nginx without proxy_http_version."""
    with Connection(daemon.path, upgrade=False) as wrong:
        wrong.send(request("GET /ws HTTP/1.0"))
        status, _, body = wrong.response()
        assert status == 426 and "proxy_http_version 1.1" in body


@pytest.mark.parametrize("target", ["/healthz", "/metrics"])
def test_curl_reads_the_page_from_the_socket(daemon, target):
    done = subprocess.run(["curl", "--silent", "--fail", "--max-time", "10", "--unix-socket", daemon.path,
                           "http://localhost" + target], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.endswith(("ok\n", "# EOF\n"))


def test_while_the_ledger_hangs_there_is_no_watchdog_ping(serve, tmp_path):
    """With a ledger in a file, and with one in memory, both at the same time."""
    daemons = [serve(*options, environment={"WATCHDOG_USEC": "1000000"})
               for options in (["--ledger", str(tmp_path / "ledger")], [])]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(hang, daemons))


def hang(daemon):
    """Stops the ledger's thread for more than three seconds."""
    def pings():
        return daemon.notified.lines.count("WATCHDOG=1")

    with Client(daemon.path, "Ada") as ada:
        wait_until(lambda: pings() > 2, what="watchdog pings")
        with Frozen(daemon.pid, "ledger") as frozen:
            ada.say("waits")
            wait_until(lambda: get(daemon.path, "/healthz")[0] == 503, what="the stall")
            last = pings()
            wait_until(lambda: "stored nothing for 3 s" in get(daemon.path, "/healthz")[2], what="three seconds")
            assert pings() == last
            daemon.notified.wait("STATUS=The ledger has stored nothing for ")
            assert daemon.log().count("The ledger has stored nothing") == 1
            # All else goes on: this is answered without the ledger.
            ada.send("who", room="lobby")
            ada.until("who")
            notified = len(daemon.notified.lines)
            frozen.thaw()
        ada.until("message", id="waits")
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        wait_until(lambda: pings() > last + 2, what="watchdog pings")
        daemon.notified.wait("STATUS=1 connection, ", after=notified)
        assert daemon.log().count("The ledger stores messages again, after ") == 1


def test_an_idle_ledger_is_healthy(serve):
    daemon = serve(environment={"WATCHDOG_USEC": "1000000"})
    frozen = Frozen(daemon.pid, "ledger")
    frozen.wait_for_rest()
    with frozen:
        count = daemon.notified.lines.count("WATCHDOG=1")
        wait_until(lambda: daemon.notified.lines.count("WATCHDOG=1") > count + 4, what="watchdog pings")
        assert get(daemon.path, "/healthz")[0] == 200
