"""The administrators' commands, at a daemon of one's own: what they say, and their exit statuses."""

import json
import os
import socket
import sqlite3
import subprocess

import pytest

from person import Person
from wire import wait_until

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
        """What a command prints: standard output, or the error where it is to fail."""
        done = subprocess.run([self.binary, *words, "--socket", self.socket], text=True, capture_output=True,
                              timeout=30, **options)
        assert done.returncode == status, done
        assert bool(done.stderr) == (status != 0), done
        return done.stderr if status else done.stdout


@pytest.fixture
def controlled(chatrelay, serve, tmp_path):
    return Controlled(chatrelay, serve, tmp_path)


def test_status(controlled):
    with Person(controlled.daemon.path, "Ada") as ada:
        ada.say_all(["one", "two"])
        status = json.loads(controlled.run("status", "--json"))
        assert status["connections"] == status["users"] == status["rooms"] == 1 and status["messages"] == 2
        assert status["process"] == controlled.daemon.pid and status["ledger"] == str(controlled.ledger)
        assert status["seq"] == 3 and "trouble" not in status
    text = controlled.run("status")
    assert f"process {controlled.daemon.pid}" in text and "health       good" in text


def test_a_backup_is_whole_while_messages_come(controlled):
    copy = controlled.folder / "copy"
    with Person(controlled.daemon.path, "Ada") as ada:
        said = ada.say_all([f"text {number}" for number in range(40)])
        controlled.run("backup", str(copy))
        ada.say_all(["later"], prefix="later")
        with sqlite3.connect(copy) as database:
            assert [row[0] for row in database.execute("SELECT seq FROM events WHERE kind = 1 ORDER BY seq")] == said
        assert copy.stat().st_mode & 0o777 == 0o600
        assert "is there already" in controlled.run("backup", str(copy), status=REFUSED)
        controlled.run("backup", str(copy), "--force")
        with sqlite3.connect(copy) as database:
            assert database.execute("SELECT count(*) FROM events WHERE kind = 1").fetchone() == (41,)
    gone = controlled.folder / "nowhere" / "copy"
    assert str(gone) in controlled.run("backup", str(gone), status=REFUSED)
    assert sorted(path.name for path in controlled.folder.iterdir()) == [
        "control", "copy", "ledger", "ledger-shm", "ledger-wal", "settings"]


def test_a_backup_takes_the_ledgers_place(controlled, serve):
    copy = controlled.folder / "copy"
    with Person(controlled.daemon.path, "Ada") as ada:
        ada.say_all(["kept"])
        controlled.run("backup", str(copy))
    with Person(serve("--ledger", str(copy)).path, token=ada.token, histories=True) as again:
        assert again.name == "Ada"
        assert [message["text"] for message in again.until("history", room="lobby")["messages"]] == ["kept"]


def test_export(controlled):
    with Person(controlled.daemon.path, "Ada") as ada, Person(controlled.daemon.path, "Bob"):
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


def test_without_a_file_there_is_nothing_to_copy(chatrelay, serve, tmp_path):
    serve("--control", str(tmp_path / "control"))
    for words in (["backup", str(tmp_path / "copy")], ["export", "lobby"]):
        done = subprocess.run([chatrelay, *words, "--socket", tmp_path / "control"], text=True, capture_output=True)
        assert done.returncode == REFUSED and "There is no ledger file" in done.stderr


def test_reload_puts_in_force_what_it_can(controlled):
    with Person(controlled.daemon.path, "Ada") as ada:
        ada.say("a text of some length")
        ada.until("message")
        controlled.settings.write_text(
            "CHATRELAY_TEXT_BYTES=9\nCHATRELAY_ROOMS=lobby,hall\nCHATRELAY_DURABILITY=power\nCHATRELAY_KEEP_MESSAGES=1\n")
        said = controlled.run("reload")
        assert said == "Changed: keep-messages, rooms, text-bytes. After a restart only: durability.\n"
        ada.say("a text of some length", id="long")
        ada.until("error", code="text-too-long")
        ada.send("join", room="hall")
        ada.until("joined", room="hall")
        ada.say("short")
        ada.until("message", text="short")
        wait_until(lambda: len(controlled.run("export", "lobby").splitlines()) == 1, what="the deletion")
        # What has to wait is said again, until the restart.
        assert controlled.run("reload") == "Nothing has changed. After a restart only: durability.\n"
    assert "RELOADING=1" in controlled.daemon.notified.lines
    start = controlled.daemon.notified.lines.index("RELOADING=1")
    controlled.daemon.notified.wait("READY=1", after=start)


def test_wrong_settings_change_nothing_and_stay_in_the_status(controlled):
    controlled.settings.write_text("CHATRELAY_ROOM_CREATION=off\n\nCHATRELAY_RATE=fast\n")
    said = controlled.run("reload", status=REFUSED)
    assert f"{controlled.settings} line 3 (CHATRELAY_RATE): “fast” is not allowed; allowed is a whole number" in said
    controlled.daemon.notified.wait("STATUS=The settings were not reloaded: ")
    status = subprocess.run([controlled.binary, "status", "--socket", controlled.socket], text=True, capture_output=True)
    assert status.returncode == 1 and "line 3" in status.stdout
    with Person(controlled.daemon.path, "Ada") as ada:
        ada.send("join", room="attic", create=True)
        ada.until("joined", room="attic")
        mark = len(controlled.daemon.notified.lines)
        controlled.settings.write_text("CHATRELAY_ROOM_CREATION=off\n")
        assert controlled.run("reload") == "Changed: room-creation.\n"
        assert "not reloaded" not in controlled.daemon.notified.wait("STATUS=", after=mark)
        ada.send("join", room="cellar", create=True)
        ada.until("error", code="no-such-room")


def test_a_signal_reloads_too(controlled):
    controlled.settings.write_text("CHATRELAY_TEXT_BYTES=3\n")
    os.kill(controlled.daemon.pid, 1)
    controlled.daemon.notified.wait("RELOADING=1")
    wait_until(lambda: "Changed: text-bytes." in controlled.daemon.log(), what="the record")


def test_each_action_is_recorded_with_who_did_it(controlled):
    controlled.run("backup", str(controlled.folder / "copy"), env={"SUDO_USER": "anna"})
    assert f"anna: Copies the ledger to {controlled.folder / 'copy'}." in controlled.daemon.log()


def test_the_daemon_is_down(controlled):
    controlled.daemon.kill()
    assert "systemctl start chatrelay" in controlled.run("status", status=UNAVAILABLE)


@pytest.mark.skipif(os.geteuid() != 0, reason="it becomes another user, which needs root")
def test_only_root_may_command(controlled):
    controlled.folder.chmod(0o755)
    for folder in controlled.folder.parents:
        if folder.stat().st_mode & 0o005 != 0o005 and folder != controlled.folder:
            folder.chmod(0o755)
    said = controlled.run("status", status=NO_PERMISSION, user=65534, group=65534, extra_groups=[], cwd="/")
    assert "run it as root" in said


def test_a_stranger_is_answered_and_does_no_harm(controlled):
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b"x" * 70_000, b'{"command":"dance","by":"x"}\n',
                    b'{"command":"kick","by":"x"}\n', b'{"command":"ban","subject":"x","by":"x"}\n',
                    b'{"command":"ban","target":"name","subject":"x","by":"x","seconds":9223372036854775807}\n'):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(controlled.socket))
            stranger.settimeout(10)
            try:
                stranger.sendall(request)
                answer = b"".join(iter(lambda: stranger.recv(4096), b""))
            except (ConnectionResetError, BrokenPipeError):
                continue
            assert json.loads(answer)["isDone"] is False and json.loads(answer)["sentence"].endswith(".")
    silent = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for talker in silent:
        talker.connect(str(controlled.socket))
        talker.sendall(b"{")
    assert json.loads(controlled.run("status", "--json"))["connections"] == 0
    for talker in silent:
        talker.settimeout(10)
        assert talker.recv(1) == b""
        talker.close()


@pytest.mark.parametrize("words", [["ban", "name"], ["ban", "shoe", "x"], ["delete", "-1"], ["delete", "x"],
                                   ["mute", "x", "--for", "3x"], ["dance"], ["kick"]])
def test_wrong_words_are_a_matter_of_usage(chatrelay, words):
    done = subprocess.run([chatrelay, *words], text=True, capture_output=True)
    assert done.returncode == USAGE and "Usage: chatrelay" in done.stderr


def test_it_stays_where_nobody_could_start_it_again(chatrelay, tmp_path):
    done = subprocess.run([chatrelay, "serve", "--listen", tmp_path / "s", "--exit-idle-after", "1"], text=True,
                          capture_output=True, timeout=30)
    assert done.returncode == 78 and "--exit-idle-after: “1” is not allowed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_exit_when_idle(serve, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    with listener:
        daemon = serve("--exit-idle-after", "2", listeners=[listener])
        with Person(str(tmp_path / "s"), "Ada") as ada:
            ada.say("hello")
            ada.until("message")
            daemon.notified.wait("STATUS=1 connection")
            assert daemon.process.poll() is None
        assert daemon.process.wait(15) == 100
        assert "STOPPING=1" in daemon.notified.lines and "Nobody was here for 2 s" in daemon.log()
        daemon.notified.close()
