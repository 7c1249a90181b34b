"""Administration with the units under systemd: reload, commands, exit when idle."""

import json

import pytest

from patience import wait_until
from test_box import SOCKET, connect, journal, show, unit  # noqa: F401 (unit is a fixture)

SETTINGS = "/etc/default/chatrelay"
CONTROL = "/run/chatrelay/control.sock"


@pytest.fixture
def settings(unit):  # noqa: F811
    """Writes the settings file, which is removed at the end."""
    yield lambda text: unit.write(SETTINGS, text)
    unit.path(SETTINGS).unlink(missing_ok=True)


def test_reload_waits_for_the_answer(unit, settings):  # noqa: F811
    with connect(unit, "Ada") as ada:
        pid = show(unit, "MainPID")
        for number in range(5):
            settings(f"CHATRELAY_TEXT_BYTES={number + 1}\n")
            unit.run("systemctl", "reload", "chatrelay")
            # The setting is in force when the command ends.
            ada.say("x" * (number + 2), id=f"{number}")
            ada.until("error", code="text-too-long")
        settings("CHATRELAY_TEXT_BYTES=many\n")
        failed = unit.run("systemctl", "reload", "chatrelay", check=False)
        assert failed.returncode != 0
        assert show(unit, "ActiveState") == "active" and show(unit, "MainPID") == pid
        sentence = f"{SETTINGS} line 1 (CHATRELAY_TEXT_BYTES): “many” is not allowed"
        wait_until(lambda: sentence in show(unit, "StatusText"), what="the status")
        assert any(sentence in record["MESSAGE"] and record.get("MESSAGE_ID") for record in journal(unit))
        ada.say("x" * 5, id="still")
        ada.until("message", id="still")


def test_commands_reach_the_daemon(unit):  # noqa: F811
    with connect(unit, "Ada"):
        status = json.loads(unit.output("chatrelay", "status", "--json"))
        assert status["users"] == 1 and str(status["process"]) == show(unit, "MainPID")
        unit.run("chatrelay", "backup", "/root/copy")
        unit.run("rm", "/root/copy")
        record = next(record for record in journal(unit) if record.get("CHATRELAY_COMMAND") == "backup")
        assert record["CHATRELAY_BY"] == "root" and record["CHATRELAY_SUBJECT"] == "/root/copy"


def test_the_control_socket_is_for_root_only(unit):  # noqa: F811
    with connect(unit, "Ada"):
        assert unit.output("stat", "-c", "%a %U", CONTROL) == "600 root"
        refused = unit.run("setpriv", "--reuid", "www-data", "--clear-groups", "chatrelay", "status", check=False)
        assert refused.returncode == 77


def test_commands_start_the_daemon_as_connections_do(unit):  # noqa: F811
    unit.run("systemctl", "start", "chatrelay-control.socket")
    assert show(unit, "ActiveState") == "inactive"
    assert "health       good" in unit.output("chatrelay", "status")
    assert show(unit, "ActiveState") == "active"


def test_the_next_connection_starts_the_daemon_after_it_was_idle(unit, settings):  # noqa: F811
    settings("CHATRELAY_EXIT_IDLE_AFTER=1\n")
    for round in range(2):
        with connect(unit, f"Ada {round}") as ada:
            ada.say("hello")
            ada.until("message", text="hello")
        wait_until(lambda: show(unit, "ActiveState") == "inactive", what="the end of the process")
        assert show(unit, "Result") == "success" and show(unit, "NRestarts") == "0"
    assert unit.path(SOCKET).exists() and unit.path(CONTROL).exists()


def test_a_restart_of_the_control_socket_restarts_the_service_too(unit):  # noqa: F811
    """systemd refuses to start a socket whose service runs, so the unit is part of its socket (PartOf=)."""
    unit.run("systemctl", "start", "chatrelay-control.socket")
    with connect(unit, "Ada") as ada:
        unit.run("systemctl", "restart", "chatrelay-control.socket")
        assert "health       good" in unit.output("chatrelay", "status")
        ada.say("still here")
        ada.until("message", text="still here")
