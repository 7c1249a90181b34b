"""SIGUSR2 without a service manager: the daemon executes the program that is now at its path, and keeps its connections."""

import os
import shutil
import signal
import subprocess
import tempfile

import pytest

from client import Client
from daemon import launch
from patience import scaled, wait_until

SYSTEM = 71  # sysexits(3)


class Alone:
    """A daemon without a service manager, whose program may be replaced."""

    def __init__(self, binary, folder):
        self.path, self.binary, self.settings, self._log = (
            f"{folder}/{name}" for name in ("chat.sock", "chatrelay", "settings", "log"))
        shutil.copy(binary, self.binary)
        with open(self._log, "w") as log:
            self.process = launch(self.binary, "serve", "--listen", self.path, "--control", f"{folder}/control.sock",
                                  "--config", f"-{self.settings}", "--ledger", f"{folder}/ledger", stderr=log)
        wait_until(lambda: "serves on" in self.log(), what="the start")

    def log(self):
        with open(self._log) as log:
            return log.read()

    def replace(self, sentence="Took back"):
        """The process replaces itself. Waits for a sentence in the log."""
        before = len(self.log())
        self.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: sentence in self.log()[before:], what=sentence)

    def program(self):
        """The path of its program, and the inode."""
        return os.readlink(f"/proc/{self.process.pid}/exe"), os.stat(f"/proc/{self.process.pid}/exe").st_ino


@pytest.fixture
def alone(chatrelay):
    folder = tempfile.mkdtemp(prefix="chatrelay-alone-")
    daemon = Alone(chatrelay, folder)
    yield daemon
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(scaled(15)) == 0, daemon.log()
    left = os.listdir(folder)
    assert "chat.sock" not in left and "control.sock" not in left, "it removes what an earlier process has made"
    shutil.rmtree(folder)


def chat(client, text):
    client.say(text)
    client.until("message", text=text)


def test_an_upgrade_keeps_all_connections(alone, chatrelay):
    with Client(alone.path, "Ada") as ada, Client(alone.path, "Bob") as bob:
        chat(ada, "before")
        # As package managers do it: a new file under another name is renamed.
        shutil.copy(chatrelay, f"{alone.binary}.new")
        new = os.stat(f"{alone.binary}.new").st_ino
        os.rename(f"{alone.binary}.new", alone.binary)
        alone.replace("Took back 2 connections")
        assert alone.program() == (alone.binary, new)
        chat(ada, "after")
        assert bob.until("message", text="after")["from"] == "Ada"
        with Client(alone.path, "Eve") as eve:
            chat(eve, "new here")
    # Its end is as that of any process.
    with Client(alone.path, "Ada", token=ada.token) as ada:
        alone.process.send_signal(signal.SIGTERM)
        assert ada.expect_close() == 1001


def test_a_hundred_replacements_leave_nothing_behind(alone):
    with Client(alone.path, "Ada") as ada, Client(alone.path, "Bob") as bob:
        def descriptors(when):
            chat(ada, when)
            bob.until("message", text=when)
            return len(os.listdir(f"/proc/{alone.process.pid}/fd"))

        alone.replace()
        before = descriptors("before")
        for _ in range(99):
            alone.replace()
        assert descriptors("after") == before


def test_wrong_settings_do_not_end_the_process(alone):
    with Client(alone.path, "Ada") as ada:
        with open(alone.settings, "w") as file:
            file.write("CHATRELAY_RATE=fast\n")
        alone.replace("The restart failed, and this process continues")
        assert "“fast” is not allowed" in alone.log()
        chat(ada, "still here")
        os.unlink(alone.settings)
        alone.replace()
        chat(ada, "and here")


@pytest.mark.parametrize("program, reason", [
    ("#!/bin/sh\nexit 127\n", "status 127"), ("#!/bin/sh\nkill -9 $$\n", "status none"), ("no program\n", "start "),
    (None, "start ")], ids=["status", "signal", "no program", "no file"])
def test_a_program_that_does_not_start_does_not_end_the_process(alone, chatrelay, program, reason):
    with Client(alone.path, "Ada") as ada:
        os.unlink(alone.binary)
        if program:
            with open(alone.binary, "w") as file:
                file.write(program)
            os.chmod(alone.binary, 0o755)
        alone.replace("The restart failed, and this process continues")
        assert reason in alone.log()
        chat(ada, "still here")
        if program:
            os.unlink(alone.binary)
        shutil.copy(chatrelay, alone.binary)
        alone.replace()
        chat(ada, "and here")


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        return file.read().split()


@pytest.fixture
def slow_check(alone):
    """The program takes 60 s to check its settings, and the check has begun. Gives the daemon."""
    os.unlink(alone.binary)
    with open(alone.binary, "w") as file:
        file.write("#!/bin/sh\nexec sleep 60\n")
    os.chmod(alone.binary, 0o755)
    alone.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: children(alone.process), what="the check")
    return alone


def test_nobody_waits_for_the_check_of_the_new_program(slow_check, chatrelay):
    with Client(slow_check.path, "Ada") as ada:
        chat(ada, "meanwhile")
        assert children(slow_check.process), "the chat went on only after the check"
        wait_until(lambda: "The restart failed, and this process continues" in slow_check.log(), what="the end")
        assert "did not check its settings in 2 s" in slow_check.log()
        assert not children(slow_check.process)
        # One that takes a while, and starts.
        with open(slow_check.binary, "w") as file:
            file.write(f'#!/bin/sh\ncase "$*" in *--check) sleep 1;; esac\nexec {chatrelay} "$@"\n')
        slow_check.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: children(slow_check.process), what="the check")
        slow_check.replace("Took back 1 connection")  # the second signal changes nothing
        chat(ada, "after")
        assert not children(slow_check.process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_does_not_wait_for_the_check_of_the_new_program(slow_check, number):
    child = children(slow_check.process)[0]
    slow_check.process.send_signal(number)
    assert slow_check.process.wait(scaled(15)) == 0
    assert not os.path.exists(f"/proc/{child}")


@pytest.mark.parametrize("text", ["7", "x:e1a", "1:e1a", "99999:r", "7:r,,", ":"])
def test_missing_descriptors_are_refused(chatrelay, tmp_path, text):
    done = subprocess.run(
        [chatrelay, "serve", "--listen", tmp_path / "chat.sock"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=scaled(15),
        text=True, env={"CHATRELAY_DESCRIPTORS": text})
    assert done.returncode == SYSTEM and "CHATRELAY_DESCRIPTORS" in done.stdout
    assert len(done.stdout.splitlines()) == 1
