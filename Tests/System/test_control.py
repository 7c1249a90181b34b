"""Admin commands against a daemon with a control socket: what they print, and their exit statuses."""

import json
import os
import socket
import sqlite3
import subprocess

import pytest

from client import Client
from patience import scaled, wait_until


REFUSED, USAGE, UNAVAILABLE, NO_PERMISSION = 1, 64, 69, 77


class Controlled:
    """A daemon with a control socket, a ledger and a settings file."""

    def __init__(self, chatrelay, serve, folder, *options):
        self.folder, self.binary, self._serve, self._options = folder, chatrelay, serve, options
        self.socket, self.ledger, self.settings = folder / "control", folder / "ledger", folder / "settings"
        self.settings.touch()
        self.restart()

    def restart(self):
        self.daemon = self._serve("--control", str(self.socket), "--ledger", str(self.ledger), "--config",
                                  str(self.settings), *self._options)

    def run(self, *words, status=0, **options):
        """What a command prints: on standard output, or on standard error where it has to fail."""
        done = subprocess.run([self.binary, *words, "--socket", self.socket], text=True, capture_output=True,
                              timeout=scaled(30), **options)
        assert done.returncode == status, done
        assert bool(done.stderr) == (status != 0), done
        return done.stderr if status else done.stdout


@pytest.fixture
def controlled(chatrelay, serve, tmp_path):
    return Controlled(chatrelay, serve, tmp_path)


def test_status(controlled):
    with Client(controlled.daemon.path, "Ada") as ada:
        ada.say_all(["one", "two"])
        status = json.loads(controlled.run("status", "--json"))
        assert status["connections"] == status["users"] == status["rooms"] == 1 and status["messages"] == 2
        assert status["process"] == controlled.daemon.pid and status["ledger"] == str(controlled.ledger)
        assert status["seq"] == 3 and "trouble" not in status
    text = controlled.run("status")
    assert f"process {controlled.daemon.pid}" in text and "health       good" in text


def test_a_backup_is_complete_while_messages_come(controlled):
    copy = controlled.folder / "copy"
    with Client(controlled.daemon.path, "Ada") as ada:
        seqs = ada.say_all([f"text {number}" for number in range(40)])
        controlled.run("backup", str(copy))
        ada.say_all(["later"], prefix="later")
        with sqlite3.connect(copy) as database:
            assert [row[0] for row in database.execute("SELECT seq FROM events WHERE kind = 1 ORDER BY seq")] == seqs
        assert copy.stat().st_mode & 0o777 == 0o600
        assert "is there already" in controlled.run("backup", str(copy), status=REFUSED)
        controlled.run("backup", str(copy), "--force")
        with sqlite3.connect(copy) as database:
            assert database.execute("SELECT count(*) FROM events WHERE kind = 1").fetchone() == (41,)
    missing = controlled.folder / "nowhere" / "copy"
    assert str(missing) in controlled.run("backup", str(missing), status=REFUSED)
    assert sorted(path.name for path in controlled.folder.iterdir()) == [
        "control", "copy", "ledger", "ledger-shm", "ledger-wal", "settings"]


def test_a_backup_can_replace_the_ledger(controlled, serve):
    copy = controlled.folder / "copy"
    with Client(controlled.daemon.path, "Ada") as ada:
        ada.say_all(["kept"])
        controlled.run("backup", str(copy))
    with Client(serve("--ledger", str(copy)).path, token=ada.token, histories=True) as again:
        assert again.name == "Ada"
        assert [message["text"] for message in again.until("history", room="lobby")["messages"]] == ["kept"]


def test_export(controlled):
    with Client(controlled.daemon.path, "Ada") as ada, Client(controlled.daemon.path, "Bob"):
        ada.say_all(["one", 'two "\n'])
        ada.tell("Bob", "a secret")
        ada.until("private")
        lines = [json.loads(line) for line in controlled.run("export", "lobby").splitlines()]
        assert [(line["type"], line["from"], line["text"]) for line in lines] == [
            ("message", "Ada", "one"), ("message", "Ada", 'two "\n')]
        assert controlled.run("export", "attic") == ""
    assert controlled.daemon.stop() == 0
    assert "There is no control socket" in controlled.run("export", "lobby", status=UNAVAILABLE)
    assert len(controlled.run("export", "lobby", "--ledger", str(controlled.ledger)).splitlines()) == 2


def test_without_a_ledger_file_backup_and_export_are_refused(chatrelay, serve, tmp_path):
    serve("--control", str(tmp_path / "control"))
    for words in (["backup", str(tmp_path / "copy")], ["export", "lobby"]):
        done = subprocess.run([chatrelay, *words, "--socket", tmp_path / "control"], text=True, capture_output=True)
        assert done.returncode == REFUSED and "There is no ledger file" in done.stderr


def test_reload_applies_what_can_change_without_a_restart(controlled):
    with Client(controlled.daemon.path, "Ada") as ada:
        ada.say("a text of some length")
        ada.until("message")
        controlled.settings.write_text(
            "CHATRELAY_TEXT_BYTES=9\nCHATRELAY_ROOMS=lobby,hall\nCHATRELAY_DURABILITY=power\nCHATRELAY_KEEP_MESSAGES=1\n")
        printed = controlled.run("reload")
        assert printed == "Changed: keep-messages, rooms, text-bytes. After a restart only: durability.\n"
        ada.say("a text of some length", id="long")
        ada.until("error", code="text-too-long")
        ada.send("join", room="hall")
        ada.until("joined", room="hall")
        ada.say("short")
        ada.until("message", text="short")
        wait_until(lambda: len(controlled.run("export", "lobby").splitlines()) == 1, what="the deletion")
        # Settings that need a restart are named each time until then.
        assert controlled.run("reload") == "Nothing has changed. After a restart only: durability.\n"
    assert "RELOADING=1" in controlled.daemon.notified.lines
    start = controlled.daemon.notified.lines.index("RELOADING=1")
    controlled.daemon.notified.wait("READY=1", after=start)


def test_reload_of_wrong_settings_changes_nothing_and_stays_in_the_status(controlled):
    controlled.settings.write_text("CHATRELAY_ROOM_CREATION=off\n\nCHATRELAY_RATE=fast\n")
    printed = controlled.run("reload", status=REFUSED)
    assert f"{controlled.settings} line 3 (CHATRELAY_RATE): “fast” is not allowed; allowed is a whole number" in printed
    controlled.daemon.notified.wait("STATUS=The settings were not reloaded: ")
    status = subprocess.run([controlled.binary, "status", "--socket", controlled.socket], text=True, capture_output=True)
    assert status.returncode == 1 and "line 3" in status.stdout
    with Client(controlled.daemon.path, "Ada") as ada:
        ada.send("join", room="attic", create=True)
        ada.until("joined", room="attic")
        mark = len(controlled.daemon.notified.lines)
        controlled.settings.write_text("CHATRELAY_ROOM_CREATION=off\n")
        assert controlled.run("reload") == "Changed: room-creation.\n"
        assert "not reloaded" not in controlled.daemon.notified.wait("STATUS=", after=mark)
        ada.send("join", room="cellar", create=True)
        ada.until("error", code="no-such-room")


def test_sighup_reloads(controlled):
    controlled.settings.write_text("CHATRELAY_TEXT_BYTES=3\n")
    os.kill(controlled.daemon.pid, 1)
    controlled.daemon.notified.wait("RELOADING=1")
    wait_until(lambda: "Changed: text-bytes." in controlled.daemon.log(), what="the record")


def test_a_record_names_the_administrator(controlled):
    controlled.run("backup", str(controlled.folder / "copy"), env={"SUDO_USER": "anna"})
    assert f"anna: Copies the ledger to {controlled.folder / 'copy'}." in controlled.daemon.log()


def test_commands_without_a_daemon(controlled):
    controlled.daemon.kill()
    assert "systemctl start chatrelay" in controlled.run("status", status=UNAVAILABLE)


@pytest.mark.skipif(os.geteuid() != 0, reason="acting as another user needs root")
def test_commands_need_root(controlled):
    controlled.folder.chmod(0o755)
    for folder in controlled.folder.parents:
        if folder.stat().st_mode & 0o005 != 0o005 and folder != controlled.folder:
            folder.chmod(0o755)
    printed = controlled.run("status", status=NO_PERMISSION, user=65534, group=65534, extra_groups=[], cwd="/")
    assert "run it as root" in printed


def test_bad_requests_on_the_control_socket_are_answered(controlled):
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b"x" * 70_000, b'{"command":"dance","by":"x"}\n',
                    b'{"command":"kick","by":"x"}\n', b'{"command":"ban","subject":"x","by":"x"}\n',
                    b'{"command":"ban","target":"name","subject":"x","by":"x","seconds":9223372036854775807}\n'):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(controlled.socket))
            client.settimeout(scaled(10))
            try:
                client.sendall(request)
                answer = b"".join(iter(lambda: client.recv(4096), b""))
            except (ConnectionResetError, BrokenPipeError):
                continue
            assert json.loads(answer)["isDone"] is False and json.loads(answer)["sentence"].endswith(".")
    silent = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for client in silent:
        client.connect(str(controlled.socket))
        client.sendall(b"{")
    assert json.loads(controlled.run("status", "--json"))["connections"] == 0
    for client in silent:
        client.settimeout(scaled(10))
        assert client.recv(1) == b""
        client.close()


@pytest.mark.parametrize("words", [["ban", "name"], ["ban", "shoe", "x"], ["delete", "-1"], ["delete", "x"],
                                   ["mute", "x", "--for", "3x"], ["dance"], ["kick"]])
def test_wrong_arguments_are_usage_errors(chatrelay, words):
    done = subprocess.run([chatrelay, *words], text=True, capture_output=True)
    assert done.returncode == USAGE and "Usage: chatrelay" in done.stderr


def test_exit_when_idle_needs_a_socket_that_can_start_the_daemon_again(chatrelay, tmp_path):
    done = subprocess.run([chatrelay, "serve", "--listen", tmp_path / "s", "--exit-idle-after", "1"], text=True,
                          capture_output=True, timeout=scaled(30))
    assert done.returncode == 78 and "--exit-idle-after: “1” is not allowed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_exit_when_idle(serve, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    with listener:
        daemon = serve("--exit-idle-after", "2", listeners=[listener])
        with Client(str(tmp_path / "s"), "Ada") as ada:
            ada.say("hello")
            ada.until("message")
            daemon.notified.wait("STATUS=1 connection")
            assert daemon.process.poll() is None
        assert daemon.process.wait(scaled(15)) == 100
        assert "STOPPING=1" in daemon.notified.lines and "There was no connection for 2 s" in daemon.log()
        daemon.notified.close()


def test_a_unit_reloads_only_its_own_process(controlled):
    """systemd sets MAINPID for ExecReload=. A copied unit that names the control socket of another instance must not report success."""
    controlled.settings.write_text("CHATRELAY_TEXT_BYTES=10\n")
    refused = controlled.run("reload", status=REFUSED, env={"MAINPID": "1"})
    assert f"the unit's process is 1, and process {controlled.daemon.pid} answers" in refused and "--socket" in refused
    assert "Nothing was reloaded" in refused and "Changed" not in controlled.daemon.log()
    assert controlled.run("reload", env={"MAINPID": str(controlled.daemon.pid)}) == "Changed: text-bytes.\n"


def test_a_reload_says_what_needs_a_look(controlled):
    controlled.settings.write_text("CHATRELAY_PING_INTERVAL=120\nCHATRELAY_IDLE_TIMEOUT=300\n")
    printed = controlled.run("reload")
    assert "Changed: ping-interval, idle-timeout." in printed and "nginx" in printed and "line 1" in printed
    assert controlled.run("reload") == "Nothing has changed.\n"
