"""Users: tokens, reserved names, several sessions of one user."""

import time

import pytest

from client import Client


def speak(client):
    """Sends a message, so that the name stays reserved."""
    client.say("text", id=f"first-{client.name.replace(' ', '-')}")
    client.until("message", **{"from": client.name})


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_name_stays_reserved_over_a_restart(serve, tmp_path, how):
    ledger = str(tmp_path / "ledger")
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        daemon.stop() if how == "stop" else daemon.kill()
    daemon = serve("--ledger", ledger)
    with Client(daemon.path, hello=False) as eve:
        for name, token in (("Ada", None), ("ＡＤＡ", None), ("Ada", "0" * 32), ("Ada", ada.token[:-1])):
            eve.send("hello", name=name, **({"token": token} if token else {}))
            eve.expect("error", code="name-taken")
        with Client(daemon.path, "Whatever", token=ada.token) as again:
            assert again.name == "Ada" and "token" not in again.welcome
        eve.send("hello", name="Ada")
        eve.expect("error", code="name-taken")


def test_an_unused_name_is_free_again(serve):
    daemon = serve()
    with Client(daemon.path, "Observer") as observer:
        with Client(daemon.path, "Ada") as ada:
            observer.until("system", event="joined", name="Ada")
        observer.until("system", event="left", name="Ada")
        with Client(daemon.path, hello=False) as other:
            other.send("hello", name="Ada")
            event = other.next()
            while event.get("code") in ("name-taken", "try-again"):  # until the ledger has stored it
                time.sleep(0.1)  # below the rate limit of commands
                other.send("hello", name="Ada")
                event = other.next()
            assert event["type"] == "welcome" and event["name"] == "Ada" and event["token"] != ada.token, event


def test_an_unknown_token_makes_another_user(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        with Client(daemon.path, token="f" * 32) as other:
            assert other.name != "Ada" and len(other.token) == 32 and other.token != ada.token
        with Client(daemon.path, token="no token at all") as another:
            assert another.token not in (ada.token, other.token)


def test_the_old_name_stays_reserved_after_a_rename(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        ada.send("rename", name="Augusta")
        ada.until("renamed")
        with Client(daemon.path, hello=False) as other:
            other.send("hello", name="Ada")
            other.expect("error", code="name-taken")
            other.send("hello", name="Bob")
            other.until("welcome")
            # A private message to the old name arrives.
            other.tell("ada", "psst")
            ada.until("private", to="Augusta")
        with ada.session() as phone:
            assert phone.name == "Augusta"
            ada.send("rename", name="Ada")
            phone.until("renamed", name="Ada")


def test_sessions_of_one_token_are_one_user(server):
    with Client(server, "Observer") as observer, Client(server, "Ada") as desk, desk.session() as phone:
        observer.until("system", event="joined", name="Ada", users=2)
        desk.expect("joined", users=2)
        phone.expect("joined", users=2)
        phone.say("from the phone")
        assert observer.expect("message", **{"from": "Ada"}) == desk.expect("message") == phone.expect("message")
        # A repeat by another session of the user is known.
        desk.say("from the phone")
        desk.expect("ack", id="from-the-phone")
        desk.send("rename", name="Augusta")
        phone.expect("renamed", name="Augusta")
        observer.expect("system", event="renamed", name="Augusta")
        observer.send("who", room="lobby")
        observer.expect("who", names=["Augusta", "Observer"], users=2)


def test_a_token_works_directly_and_through_nginx(site):
    inside = site.daemon.path
    with Client(site.url, "Ada") as ada:
        speak(ada)
    with Client(inside, token=ada.token) as ada, Client(f"http://127.0.0.1:{site.port}", token=ada.token) as other:
        assert ada.name == other.name == "Ada"


def test_a_token_is_sent_to_its_owner_only_and_not_stored(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Observer") as observer, Client(daemon.path, "Ada") as ada:
        speak(ada)
        ada.session().leave()
        ada.say("the end")
        while (event := observer.next()).get("text") != "the end":
            assert ada.token not in str(event)
        daemon.stop()
    assert ada.token.encode() not in (tmp_path / "ledger").read_bytes()


def test_only_one_of_several_simultaneous_hellos_gets_a_name(serve):
    daemon = serve()
    for turn in range(20):
        clients = [Client(daemon.path, hello=False) for _ in range(4)]
        for client in clients:
            client.send("hello", name=f"Ada {turn}")
        answers = sorted(client.next()["type"] for client in clients)
        assert answers == ["error", "error", "error", "welcome"]
        for client in clients:
            client.leave()
