"""Devices of a user: the list, signing out, links, recovery codes, over restarts and kills."""

import secrets
import sqlite3

import pytest

from client import Client


def speak(client):
    """Sends a message, so that the name stays reserved."""
    client.say("text", id=f"first-{client.name}")
    client.until("message", **{"from": client.name})


def answer(client, type, event=None, **fields):
    client.send(type, **fields)
    return client.until(event or type)


def listed(client):
    """The user's devices: for each id, the number of its sessions."""
    return {device["device"]: device["online"] for device in answer(client, "devices")["devices"]}


def refused(path, code, **fields):
    """A hello that gets an error, and makes no user."""
    with Client(path, hello=False) as client:
        client.send("hello", **fields)
        return client.expect("error", code=code)


def own_token():
    return secrets.token_hex(16)


def test_a_link_makes_a_device_that_can_be_signed_out(serve, tmp_path):
    ledger = tmp_path / "ledger"
    daemon = serve("--ledger", str(ledger))
    secret = []
    with Client(daemon.path, "Ada", label="Desk") as ada:
        speak(ada)
        link = answer(ada, "link")
        assert len(link["code"]) == 24 and link["until"] > 1_700_000_000_000
        phone = Client(daemon.path, link=link["code"].lower().replace("-", ""), label="Phone")
        assert phone.name == "Ada" and phone.token != ada.token
        secret += [ada.token, phone.token, link["code"]]
        refused(daemon.path, "bad-link", link=link["code"])
        refused(daemon.path, "bad-link", link="x", token=ada.token)
        tab = phone.session()
        devices = answer(ada, "devices")["devices"]
        assert [(device.get("label"), device["online"], device.get("here")) for device in devices] == [
            ("Desk", 1, True), ("Phone", 2, None)]
        signed_out = answer(ada, "sign-out", "signed-out", device=devices[1]["device"])
        assert signed_out["devices"] == [devices[1]["device"]]
        for session in phone, tab:
            assert session.expect_close() == 4202
            session.connection.close()
        # Its token is that of nobody, also after a kill.
        daemon.kill()
        daemon = serve("--ledger", str(ledger))
        with Client(daemon.path, "Eve", token=phone.token) as eve:
            assert eve.name == "Eve"
        with ada.session(daemon.path) as again:
            assert again.name == "Ada" and list(listed(again).values()) == [1]
            assert answer(again, "sign-out", "signed-out")["devices"] == [devices[0]["device"]]
            assert again.expect_close() == 4202
        refused(daemon.path, "name-taken", name="Ada", token=ada.token)
    daemon.stop()
    assert not [word for word in secret if word in daemon.log()], "the journal has no secret"
    text = ledger.read_bytes()
    assert not [word for word in secret if word.encode() in text], "the ledger has only hashes"
    with sqlite3.connect(ledger) as database:
        # Eve, who only said hello, is released.
        assert database.execute("SELECT hash FROM tokens").fetchall() == []


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_codes_over_a_restart(serve, tmp_path, how):
    """A planned restart keeps links, devices and sessions; a crash voids links. Recovery codes stay."""
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        first, second = (answer(ada, "link")["code"] for _ in range(2))
        recovery = answer(ada, "recovery")["code"]
        phone = Client(daemon.path, link=first)
        if how == "restart":
            assert daemon.restart() == 0
        else:
            daemon.kill()
            daemon = serve("--ledger", ledger)
        refused(daemon.path, "bad-link", link=first)
        if how == "restart":
            with Client(daemon.path, link=second) as tablet:
                assert list(listed(tablet).values()) == [1, 1, 1]
                # The session of before the restart belongs to its device still.
                device = list(listed(ada))[1]
                tablet.send("sign-out", device=device)
                assert phone.expect_close() == 4202
        else:
            refused(daemon.path, "bad-link", link=second)
        phone.connection.close()
        with Client(daemon.path, recovery=recovery) as found:
            assert found.name == "Ada" and found.welcome["user"] == ada.welcome["user"]
            assert answer(found, "devices")["recovery"] is False
        refused(daemon.path, "bad-recovery", recovery=recovery)


def test_a_hello_that_is_sent_again_finds_its_device(serve, tmp_path):
    """The daemon is killed between the hello and the welcome, or after it: the code may be used up, but is not lost."""
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        code, token = answer(ada, "recovery")["code"], own_token()
    with Client(daemon.path, hello=False) as phone:
        phone.send("hello", recovery=code, token=token)
        daemon.kill()
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, recovery=code, token=token) as phone:
        assert phone.name == "Ada" and phone.token == token
    daemon.kill()
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, recovery=code, token=token) as phone:
        assert phone.name == "Ada" and len(listed(phone)) == 2
    refused(daemon.path, "bad-recovery", recovery=code, token=own_token())


def test_all_other_devices_are_signed_out(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        others = [Client(daemon.path, link=answer(ada, "link")["code"]) for _ in range(3)]
        link = answer(ada, "link")["code"]
        assert len(answer(ada, "sign-out", "signed-out", all=True)["devices"]) == 3
        for other in others:
            assert other.expect_close() == 4202
            other.connection.close()
        refused(daemon.path, "bad-link", link=link)
        assert len(listed(ada)) == 1
        assert answer(ada, "sign-out", "signed-out", device=999)["devices"] == []


def test_a_user_has_at_most_32_devices(serve):
    daemon = serve("--rate", "0")
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        for _ in range(40):
            Client(daemon.path, link=answer(ada, "link")["code"]).connection.close()
        devices = listed(ada)
        assert len(devices) == 32 and ada.welcome["user"] in devices


def test_with_a_login_there_are_no_devices(serve):
    daemon = serve("--identity", "proxy")
    with Client(daemon.path, headers={"X-Remote-User": "ada"}) as ada:
        for type in "devices", "sign-out", "link", "recovery":
            ada.send(type)
            assert "login" in ada.until("error", code="no-tokens")["message"]
    with Client(daemon.path, hello=False, headers={"X-Remote-User": "ada"}) as ada:
        ada.send("hello", link="x")
        ada.expect("error", code="no-tokens")
