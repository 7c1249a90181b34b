"""OnFailure=chatrelay-notify@%n.service: a unit that fails says so in a room."""

import json

import pytest

from manual import block
from patience import wait_until

UNIT = "chatrelay-notify@"
FAILS = block("failures") + """StartLimitIntervalSec={limit}
[Service]
Type=oneshot
ExecStart=/bin/sh {script}
"""


@pytest.fixture
def chat(box):
    """The box with the chat's sockets listening, and `.fails(name, script)`, which makes a unit that runs the script."""
    box.run("systemctl", "start", "chatrelay.socket", "chatrelay-control.socket")
    made = []

    def fails(name, script, lines="", limit=0):
        path = f"/run/fails-{len(made)}"
        box.write(path, script + "\n")
        box.write(f"/etc/systemd/system/{name}", FAILS.format(script=path, limit=limit) + lines)
        made.append(name)
        box.run("systemctl", "daemon-reload")

    box.fails = fails
    yield box
    for name in made:
        box.run("rm", f"/etc/systemd/system/{name}")
    box.run("rm", "-rf", f"/etc/systemd/system/{UNIT}.service.d", "/etc/systemd/system/service.d", "/etc/default/chatrelay")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "stop", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    box.run("systemctl", "reset-failed", check=False)
    box.run("systemctl", "clean", "--what=state", "chatrelay.service")


def texts(box, room="ops"):
    done = box.run("chatrelay", "export", room, check=False)
    return [json.loads(line)["text"] for line in done.stdout.splitlines() if line.startswith("{")]


def start(box, unit):
    assert box.run("systemctl", "start", unit, check=False).returncode == 1


def show(box, unit, name):
    return box.output("systemctl", "show", unit, "-P", name)


def said(box, unit, sentence):
    """Waits until the unit has said so in the journal."""
    wait_until(lambda: sentence in box.output("journalctl", "-u", unit, "-o", "cat"), what=f"{unit} says “{sentence}”")


def drop_in(box, lines, unit=f"{UNIT}.service"):
    box.write(f"/etc/systemd/system/{unit}.d/test.conf", lines)
    box.run("systemctl", "daemon-reload")


@pytest.mark.parametrize("unit", ["backup@db-1.service", r"mnt-my\x2ddisk@a-b.service"])
def test_a_unit_that_fails_is_posted(chat, unit):
    """Its name is not unescaped: neither - nor \x2d changes. What it writes is code, which mentions nobody."""
    chat.fails(unit.replace("db-1", "").replace("a-b", ""), "echo first; echo 'Disk ```full```, @here'; exit 3")
    start(chat, unit)
    wait_until(lambda: texts(chat), what="a message")
    text, = texts(chat)
    head, _, rest = text.partition("\n")
    assert head == f"`{unit}` on {chat.output('hostname')} has failed: exit-code (3)"
    assert rest.startswith("```\n") and rest.endswith("\n```") and rest.count("```") == 2
    assert "\nDisk '''full''', @here\n" in rest and f"{unit}: Failed with result 'exit-code'." in rest
    assert '"here"' not in chat.output("chatrelay", "export", "ops")


def test_the_room_and_the_length_are_as_configured(chat):
    """--text-bytes is less than what the unit has written: the end is posted."""
    chat.write("/etc/default/chatrelay", "CHATRELAY_TEXT_BYTES=700\nCHATRELAY_ROOMS=lobby\n")
    drop_in(chat, block("the room of failures"))
    chat.fails("long.service", "for i in 1 2 3 4 5 6 7 8; do printf ä%.0s $(seq 300); echo; done; kill -KILL $$")
    start(chat, "long.service")
    wait_until(lambda: texts(chat, "night-shift"), what="a message")
    text, = texts(chat, "night-shift")
    assert text.startswith("`long.service` on ") and "has failed: signal (KILL)\n```\n…" in text and len(text.encode()) <= 700
    assert "long.service: Failed with result 'signal'." in text and not texts(chat)
    # By hand, to try it.
    chat.run("systemctl", "start", f"{UNIT}chatrelay.socket.service")
    assert any(text.startswith("`chatrelay.socket` on ") and "has not failed\n" in text for text in texts(chat, "night-shift"))


def test_where_the_chat_is_down_the_journal_says_so(chat):
    chat.run("systemctl", "stop", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    chat.fails("down.service", "exit 1")
    start(chat, "down.service")
    notifier = f"{UNIT}down.service.service"
    said(chat, notifier, "The failure of down.service was not posted: There is no control socket at /run/chatrelay/control.sock: "
                         "start it with “systemctl restart chatrelay”")
    wait_until(lambda: show(chat, notifier, "ActiveState") == "failed", what="it has failed")
    assert show(chat, notifier, "ExecMainStatus") == "69"
    assert show(chat, "chatrelay.service", "ActiveState") == "inactive", "the chat stays stopped"


def test_it_does_not_report_itself(chat):
    """With OnFailure= for all services, its own failure does not start it again; systemd sees the recursion, and the script."""
    drop_in(chat, block("failures"), unit="service")
    chat.run("systemctl", "stop", "chatrelay.socket", "chatrelay-control.socket", "chatrelay.service")
    chat.fails("loop.service", "exit 1")
    start(chat, "loop.service")
    said(chat, f"{UNIT}loop.service.service", "The failure of loop.service was not posted")
    assert f"{UNIT}{UNIT}" not in chat.output("systemctl", "list-units", "--all", "--plain", "--no-legend", f"{UNIT}*")
    nested = f"{UNIT}{UNIT}loop.service.service.service"
    chat.run("systemctl", "start", nested)
    said(chat, nested, f"{UNIT}loop.service.service has failed, which is not posted")


def test_a_unit_that_fails_all_the_time_is_posted_five_times_a_minute(chat):
    chat.fails("spam.service", "exit 1")
    notifier = f"{UNIT}spam.service.service"
    for number in range(7):
        start(chat, "spam.service")
        if number < 5:
            wait_until(lambda: len(texts(chat)) == number + 1, what="a message")
            wait_until(lambda: show(chat, notifier, "ActiveState") == "inactive", what="the notifier ends")
    wait_until(lambda: show(chat, notifier, "Result") == "start-limit-hit", what="systemd refuses to start it")
    assert len(texts(chat)) == 5
    # A unit that systemd restarts is posted once, when systemd gives up.
    chat.fails("again.service", "exit 1", "Restart=on-failure\nRestartSec=10ms\n", limit=10)
    chat.run("systemctl", "start", "--no-block", "again.service")
    wait_until(lambda: len(texts(chat)) > 5, what="a message")
    assert texts(chat)[5].startswith("`again.service`") and "Start request repeated too quickly" in texts(chat)[5]
    assert show(chat, "again.service", "NRestarts") == "5" and len(texts(chat)) == 6


def test_its_sandbox_is_tight(box):
    """Only root may open the control socket, which is 0.4 of the 0.5."""
    box.run("systemd-analyze", "security", "--offline=yes", "--threshold=5", f"/lib/systemd/system/{UNIT}.service")
    assert box.output("systemd-analyze", "verify", "--man=no", f"{UNIT}x.service") == ""
