"""Faults of the disk and the clock: what is lost, and what the sentence says."""

import errno
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from client import Client
from faults import faults  # noqa: F401 (a fixture)
from pages import get
from patience import wait_until
from test_history import numbers, pages
from test_ledger import fill, say

DAY = 86_400


@pytest.mark.parametrize("code, words", [
    (errno.EIO, "fails (Input/output error): see what the kernel says"), (errno.EROFS, "has become read-only: see why"),
    (errno.ENOSPC, "is full: make room"), (errno.EFBIG, "raise LimitFSIZE= of the service")])
def test_each_failure_of_a_write_has_its_own_sentence(serve, tmp_path, faults, code, words):  # noqa: F811
    daemon = serve("--ledger", str(tmp_path / "ledger"), environment=faults.environment)
    with Client(daemon.path, "Ada") as ada:
        assert say(ada, "1")[0] == "message"
        faults.write = code
        assert say(ada, "2")[0] == "error"
        assert words in daemon.log() and words in get(daemon.path, "/healthz")[2]
        assert (code == errno.ENOSPC) == ("is full" in daemon.log())
        faults.write = 0
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        assert say(ada, "2")[0] == "message"


def test_a_read_that_fails_for_a_moment_is_no_damage(serve, tmp_path, faults):  # noqa: F811
    options = "--ledger", str(tmp_path / "ledger"), "--rate", "0"
    daemon = serve(*options, environment=faults.environment)
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all(["some text"] * 5_000)
    assert daemon.stop() == 0
    daemon = serve(*options, environment=faults.environment)
    with ada.reconnect(daemon.path) as ada:
        faults.read = errno.EIO
        ada.send("history", room="lobby", before=seqs[100])
        ada.until("error", code="try-again", room="lobby")
        assert "fails (Input/output error): see what the kernel says" in daemon.log()
        assert "damaged" not in daemon.log()
        faults.read = 0
        assert len(ada.ask("history", room="lobby", before=seqs[100])["messages"]) == 50


def test_a_start_on_a_full_disk_serves_what_can_be_read(serve, disk):
    options = "--ledger", str(disk / "ledger"), "--rate", "0"
    daemon = serve(*options)
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all(["some text"] * 100)
    assert daemon.stop() == 0
    subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'full'}", "bs=4k"], capture_output=True)
    daemon = serve(*options)
    with ada.reconnect(daemon.path) as ada:
        assert numbers(pages(ada))[-1] == seqs[-1]
        assert say(ada, "new")[0] == "error"
        status, _, body = get(daemon.path, "/healthz")
        assert status == 503 and "is full: make room" in body
        daemon.notified.wait("STATUS=The disk of the ledger")
        disk.remount("size=8m")
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        assert say(ada, "new")[0] == "message"
    assert daemon.stop() == 0
    with Client(serve(*options).path, token=ada.token) as ada:
        assert say(ada, "new")[0] == "ack"


def test_a_deleted_text_is_in_no_file(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"), "--control", str(tmp_path / "control"))
    with Client(daemon.path, "Ada") as ada:
        ada.say("a very secret text", id="x")
        seq = ada.until("message", id="x")["seq"]
        wait_until(lambda: any(b"very secret" in file.read_bytes() for file in tmp_path.glob("ledger*")), what="the text")
        subprocess.run([daemon.binary, "delete", str(seq), "--socket", tmp_path / "control"], check=True)
        wait_until(lambda: not any(b"very secret" in file.read_bytes() for file in tmp_path.glob("ledger*")),
                   what="the end of the text", seconds=25)


def test_a_start_with_a_clock_that_is_ahead_deletes_nothing(serve, tmp_path, faults):  # noqa: F811
    options = "--ledger", str(tmp_path / "ledger"), "--rate", "0", "--keep-days", "30"
    daemon = serve(*options, environment=faults.environment)
    with Client(daemon.path, "Ada") as ada:
        seqs = ada.say_all(["some text"] * 100)
    assert daemon.stop() == 0
    faults.clock = 400 * DAY
    daemon = serve(*options, environment=faults.environment)
    with ada.reconnect(daemon.path) as ada:
        line = daemon.notified.wait("STATUS=The clock went")
        assert "400 days ahead" in line and "systemctl reload chatrelay" in line
        assert "The clock went 400 days ahead" in daemon.log()
        time.sleep(2)
        assert numbers(pages(ada)) == seqs
        # It is right, an administrator says.
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not pages(ada), what="the deletion")


def test_a_reload_does_not_wait_for_a_directory_of_users(serve, tmp_path, faults):  # noqa: F811
    """Nor does SIGUSR2, though the new program does."""
    settings = tmp_path / "settings"
    settings.write_text("CHATRELAY_PROXY_USER=root\n")
    daemon = serve("--config", str(settings), environment=faults.environment)
    faults.users = 600
    with Client(daemon.path, "Ada") as ada:
        for number, (lines, sentence) in enumerate((
                ("PROXY_USER=root\nCHATRELAY_RATE=7", "Changed: rate."), ("PROXY_USER=daemon", "Changed: proxy-user, rate."),
                ("PROXY_USER=nobody-here", "“nobody-here” is not allowed"), ("PROXY_USER=0", "Changed: proxy-user."))):
            settings.write_text(f"CHATRELAY_{lines}\n")
            daemon.process.send_signal(signal.SIGHUP)
            wait_until(lambda: sentence in daemon.log(), what=sentence)
            assert say(ada, f"n-{number}")[0] == "message"
        settings.write_text("CHATRELAY_PROXY_USER=root\n")
        daemon.process.send_signal(signal.SIGUSR2)
        assert say(ada, "meanwhile")[0] == "message"
        wait_until(lambda: "did not check its settings in 2 s" in daemon.log(), what="the end of the check")
