"""A sequence number means one thing under one ledger id: after a kill, a power failure, a file that is put back, a restored backup."""

import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from client import Client
from pages import get
from patience import scaled, wait_until
from test_ledger import say
from test_ledger_refused import refused  # noqa: F401  (a fixture)


@pytest.fixture
def start(serve, tmp_path):
    """Starts a daemon on the same ledger again and again."""
    return lambda *options: serve("--ledger", str(tmp_path / "ledger"), "--rate", "0", *options)


def put_back(tmp_path, how):
    for name in ("ledger", "ledger-wal"):
        source, target = tmp_path / "copies" / name, tmp_path / name
        if how != "in place":
            target.unlink(missing_ok=True)
        if source.exists():
            # cp -a also copies extended attributes.
            subprocess.run(["cp", *(["-a"] if how == "archive" else []), source, target], check=True)
        else:
            target.unlink(missing_ok=True)


@pytest.mark.parametrize("how", ["in place", "new file", "archive"])
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_files_that_are_put_back_have_another_id(start, tmp_path, how, end):
    daemon = start()
    (tmp_path / "copies").mkdir()
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.say_all(["one", "two"], prefix="early")
        for name in ("ledger", "ledger-wal"):
            shutil.copy(tmp_path / name, tmp_path / "copies" / name)
        seqs = ada.say_all(["three", "four", "five"], prefix="lost")
        before = ada.welcome["ledger"]
        daemon.kill() if end == "kill" else daemon.stop()
    put_back(tmp_path, how)
    daemon = start()
    with bob.reconnect(daemon.path, since=seqs[-1], histories=True) as bob:
        assert bob.welcome["ledger"] != before
        assert bob.until("history", room="lobby")["gap"] is True
        assert say(bob, "new")[1] > seqs[0] - 1
    assert daemon.stop() == 0


def test_crash_records_notice_an_earlier_state_with_its_mark(start, tmp_path):
    """Copied into the file itself, with its attribute, so that only the records in memory know of the later messages."""
    daemon = start("--grace", "10")
    (tmp_path / "copies").mkdir()
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["one", "two"], prefix="early")
        for name in ("ledger", "ledger-wal"):
            subprocess.run(["cp", "-a", tmp_path / name, tmp_path / "copies"], check=True)
        seq = ada.say_all(["three"], prefix="lost")[-1]
        daemon.process.kill()
        daemon.process.wait()
        for name in ("ledger", "ledger-wal"):
            subprocess.run(["cp", "-a", tmp_path / "copies" / name, tmp_path / name], check=True)
        daemon.start_next()
        with ada.reconnect(since=seq) as again:
            assert again.welcome["ledger"] != ada.welcome["ledger"] and again.welcome["seq"] < seq
    assert "The ledger is older than the one that was used last" in daemon.log()


def test_crash_records_suffice_where_the_file_has_no_mark(start, tmp_path):
    """As on a file system without extended attributes."""
    daemon = start("--grace", "10")
    with Client(daemon.path, "Ada") as ada:
        seq = ada.say_all(["one"], prefix="early")[-1]
        daemon.process.kill()
        daemon.process.wait()
        os.removexattr(tmp_path / "ledger", "user.chatrelay")
        daemon.start_next()
        with ada.reconnect(since=seq) as again:
            assert (again.welcome["ledger"], again.welcome["seq"]) == (ada.welcome["ledger"], seq)


def test_a_killed_daemon_goes_on_with_the_next_number(start):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        seq = ada.say_all(["one", "two"], prefix="early")[-1]
        daemon.kill()
    daemon = start()
    with ada.reconnect(daemon.path, since=seq) as again:
        assert (again.welcome["ledger"], again.welcome["seq"]) == (ada.welcome["ledger"], seq)
        assert say(again, "next") == ("message", seq + 1)


@pytest.mark.parametrize("restart", ["restart", "kill", "replace"])
def test_a_restart_has_the_lock_at_once(start, restart):
    """The lock ends with the process, and at execve(2)."""
    daemon = start("--grace", "10")
    with Client(daemon.path, "Ada") as ada:
        seq = ada.say_all(["one"], prefix="early")[-1]
        if restart == "restart":
            daemon.restart()
        elif restart == "replace":
            daemon.replace()
        else:
            daemon.process.kill()
            daemon.process.wait()
            daemon.start_next()
    with ada.reconnect(since=seq) as again:
        assert (again.welcome["ledger"], again.welcome["seq"]) == (ada.welcome["ledger"], seq)
    assert "is in use" not in daemon.log()


def lose_power(ledger):
    """Leaves what a power failure may leave: the files as they were written to the disk last, and another boot."""
    mark = os.getxattr(ledger, "user.chatrelay").split()
    os.setxattr(ledger, "user.chatrelay", b" ".join([*mark[:3], b"another-boot", *mark[4:]]))


def test_after_a_power_failure_no_number_is_given_again(start, tmp_path):
    ledger = tmp_path / "ledger"
    daemon = start()
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.say_all(["one", "two"], prefix="early")
        copies = {name: (tmp_path / name).read_bytes() for name in ("ledger", "ledger-wal")}
        seqs = ada.say_all(["three", "four", "five"], prefix="lost")
        daemon.kill()
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    lose_power(ledger)
    daemon = start()
    # Who saw the lost messages gets all new ones, and hears of no gap.
    with ada.reconnect(daemon.path) as ada, ada.reconnect(since=seqs[-1]) as first:
        assert first.welcome["ledger"] == bob.welcome["ledger"] and first.welcome["seq"] >= seqs[-1]
        new = ada.say_all(["six", "seven"], prefix="new")
        assert new[0] > seqs[-1]
        with ada.reconnect(since=seqs[-1]) as again:
            assert [again.expect("message")["seq"] for _ in new] == new
            again.expect("joined")
        assert "so its newest entries may be missing" in daemon.log()
    # An orderly end leaves no gap.
    assert daemon.stop() == 0
    lose_power(ledger)
    daemon = start()
    with ada.reconnect(daemon.path) as ada:
        assert say(ada, "last") == ("message", new[-1] + 1)


def test_two_blocks_of_numbers_are_reserved_in_time(start, tmp_path):
    """What is given out is reserved on the disk, also where a block ends."""
    start().stop()
    database = sqlite3.connect(tmp_path / "ledger")
    with database:
        database.execute("UPDATE meta SET value = 65530 WHERE key IN ('given', 'reserved')")
    database.close()
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        for index in range(20):
            seq = say(ada, str(index))[1]
        daemon.kill()
    database = sqlite3.connect(tmp_path / "ledger")
    assert int(database.execute("SELECT value FROM meta WHERE key = 'reserved'").fetchone()[0]) >= seq
    database.close()


def test_a_second_daemon_names_the_first_one(refused, start, tmp_path):
    daemon = start()
    assert f"is in use by another program: process {daemon.pid}. Stop it" in refused(tmp_path / "ledger")
    with Client(daemon.path, "Ada") as ada:
        assert say(ada, "1") == ("message", 2)


def test_a_daemon_waits_for_one_that_is_ending(start, tmp_path, chatrelay):
    daemon = start()
    with Client(daemon.path, "Ada"):
        # It holds the lock while its clients may answer.
        stopping = subprocess.Popen(["sh", "-c", f"sleep 1; kill -INT {daemon.pid}"])
        start()
        stopping.wait()


@pytest.mark.parametrize("file", ["ledger", "ledger-wal"])
def test_a_ledger_that_is_removed_while_the_daemon_runs(start, tmp_path, file):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        assert say(ada, "1") == ("message", 2)
        (tmp_path / file).rename(tmp_path / "elsewhere")
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 503, what="the problem")
        sentence = "was removed or replaced while the daemon used it, so nothing more is stored: put the file back"
        assert sentence in get(daemon.path, "/healthz")[2] and sentence in daemon.log()
        assert say(ada, "2")[0] == "error"
        (tmp_path / "elsewhere").rename(tmp_path / file)
        wait_until(lambda: get(daemon.path, "/healthz")[0] == 200, what="health")
        assert say(ada, "2") == ("message", 3)


def test_a_ledger_of_another_user_is_named(refused, start, tmp_path):
    """As after “rm; cp” by root."""
    if os.geteuid() != 0:
        pytest.skip("acting as another user needs root")
    start().stop()
    # With several processes of pytest there is one folder more.
    for folder in (tmp_path, *(one for one in tmp_path.parents if one.name.startswith(("pytest-", "popen-")))):
        folder.chmod(0o755)
    shutil.chown(tmp_path, "nobody", "nogroup")
    sentence = refused(tmp_path / "ledger", "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    assert f"with “chown --reference={tmp_path} {tmp_path / 'ledger'}”" in sentence
    subprocess.run(["chown", f"--reference={tmp_path}", tmp_path / "ledger"], check=True)
    shutil.chown(tmp_path, "root", "root")


class Restoring:
    def __init__(self, chatrelay, ledger):
        self.binary, self.ledger = chatrelay, ledger

    def __call__(self, file, status=0):
        done = subprocess.run([self.binary, "restore", str(file), "--ledger", str(self.ledger)], text=True,
                              capture_output=True, timeout=scaled(60))
        assert done.returncode == status, done
        return done.stderr if status else done.stdout


@pytest.fixture
def restore(chatrelay, tmp_path):
    return Restoring(chatrelay, tmp_path / "ledger")


def back_up(chatrelay, tmp_path, *options, status=0, to="backup"):
    done = subprocess.run([chatrelay, "backup", str(tmp_path / to), "--ledger", str(tmp_path / "ledger"), *options],
                          text=True, capture_output=True, timeout=scaled(60))
    assert done.returncode == status, done
    return done.stderr


def test_a_restored_backup_has_another_id(start, restore, chatrelay, tmp_path):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["one", "two"], prefix="early")
        back_up(chatrelay, tmp_path)
        seqs = ada.say_all(["three", "four"], prefix="lost")
        assert f"in use by another program: process {daemon.pid}" in restore(tmp_path / "backup", status=1)
        assert say(ada, "still")[0] == "message"
        daemon.kill()
    said = restore(tmp_path / "backup")
    assert f"{tmp_path / 'ledger'} has what {tmp_path / 'backup'} has: 2 messages, the newest of 20" in said
    assert "3 newer messages of the ledger before are not in it" in said
    # All of the ledger before is kept, its log included.
    kept = sqlite3.connect(tmp_path / "ledger.before-restore")
    assert kept.execute("SELECT count(*) FROM events WHERE kind = 1").fetchone() == (5,)
    kept.close()
    daemon = start()
    with ada.reconnect(daemon.path, since=seqs[-1], histories=True) as again:
        assert again.name == "Ada" and again.welcome["ledger"] != ada.welcome["ledger"]
        page = again.until("history", room="lobby")
        assert page["gap"] is True and [message["text"] for message in page["messages"]] == ["one", "two"]
        ids = {ada.welcome["ledger"], again.welcome["ledger"]}
        say(again, "new")
    # The same backup again is one more ledger.
    assert daemon.stop() == 0
    restore(tmp_path / "backup")
    daemon = start()
    with ada.reconnect(daemon.path) as third:
        assert third.welcome["ledger"] not in ids


def test_a_backup_that_is_copied_by_hand_beside_an_old_log(start, chatrelay, tmp_path):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        ada.say_all(["one", "two"], prefix="early")
        back_up(chatrelay, tmp_path)
        ada.say_all(["three", "four"], prefix="lost")
        daemon.kill()
    ids = {ada.welcome["ledger"]}
    for _ in range(2):
        # Over the file, so that its log stays.
        shutil.copy(tmp_path / "backup", tmp_path / "ledger")
        daemon = start()
        with ada.reconnect(daemon.path, histories=True) as again:
            assert again.welcome["ledger"] not in ids
            ids.add(again.welcome["ledger"])
            assert [message["text"] for message in again.until("history", room="lobby")["messages"]] == ["one", "two"]
            say(again, "new")
        daemon.kill()


def test_a_damaged_ledger_is_replaced_and_a_damaged_backup_is_not_used(start, restore, chatrelay, tmp_path):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        ada.say_all([f"text {number}" for number in range(300)], prefix="early")
        back_up(chatrelay, tmp_path)
        daemon.kill()
    (tmp_path / "noise").write_bytes(b"noise " * 2_000)
    (tmp_path / "cut").write_bytes((tmp_path / "backup").read_bytes()[:20_000])
    before = (tmp_path / "ledger").read_bytes()
    for bad in ("noise", "cut"):
        assert f"{tmp_path / bad} is damaged or not a ledger: nothing was changed" in restore(tmp_path / bad, status=1)
    assert "is the ledger itself" in restore(tmp_path / "ledger", status=1)
    assert "There is no file" in restore(tmp_path / "nowhere", status=1)
    assert (tmp_path / "ledger").read_bytes() == before
    for name in ("ledger", "ledger-wal"):
        os.truncate(tmp_path / name, 20_000)
    assert "It is not known what of the ledger before is not in it." in restore(tmp_path / "backup")
    assert sorted(file.name for file in tmp_path.iterdir() if "restoring" in file.name) == []
    daemon = start()
    with ada.reconnect(daemon.path) as again:
        assert again.name == "Ada"


def test_a_backup_never_replaces_the_ledger(start, chatrelay, tmp_path):
    daemon = start()
    with Client(daemon.path, "Ada") as ada:
        say(ada, "1")
        (tmp_path / "folder").symlink_to(tmp_path)
        (tmp_path / "soft").symlink_to(tmp_path / "ledger")
        (tmp_path / "hard").hardlink_to(tmp_path / "ledger")
        for name in ("ledger", "folder/ledger", "soft", "hard", "ledger-wal", "ledger-shm"):
            assert "is the ledger itself: name another file" in back_up(chatrelay, tmp_path, "--force", to=name, status=1)
        assert say(ada, "2") == ("message", 3)
        daemon.kill()
    daemon = start()
    with ada.reconnect(daemon.path) as again:
        assert say(again, "2") == ("ack", 3)
