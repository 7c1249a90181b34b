"""Who one is: tokens, names that stay one's own, several connections of one person."""

import pytest



def speak(person):
    """Says something, so that the name stays reserved."""
    person.say("text", id=f"first-{person.name.replace(' ', '-')}")
    person.until("message", **{"from": person.name})


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


def test_a_name_that_never_spoke_is_free_again(serve):
    daemon = serve()
    with Client(daemon.path, "Witness") as witness:
        with Client(daemon.path, "Ada") as ada:
            witness.until("system", event="joined", name="Ada")
        witness.until("system", event="left", name="Ada")
        with Client(daemon.path, hello=False) as other:
            event = {"code": "try-again"}
            while event.get("code") in ("name-taken", "try-again"):  # until the ledger has it
                other.send("hello", name="Ada")
                event = other.next()
            assert event["type"] == "welcome" and event["name"] == "Ada" and event["token"] != ada.token


def test_a_lost_token_makes_another_user(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        speak(ada)
        with Client(daemon.path, token="f" * 32) as other:
            assert other.name != "Ada" and len(other.token) == 32 and other.token != ada.token
        with Client(daemon.path, token="no token at all") as another:
            assert another.token not in (ada.token, other.token)


def test_a_name_that_was_given_up_is_free(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        ada.send("rename", name="Augusta")
        ada.until("renamed")
        with Client(daemon.path, "Ada") as other:
            assert other.name == "Ada"
        with ada.session() as phone:
            assert phone.name == "Augusta"


def test_sessions_of_one_token_are_one_user(server):
    with Client(server, "Witness") as witness, Client(server, "Ada") as desk, desk.session() as phone:
        witness.until("system", event="joined", name="Ada", users=2)
        desk.expect("joined", users=2)
        phone.expect("joined", users=2)
        phone.say("from the phone")
        assert witness.expect("message", **{"from": "Ada"}) == desk.expect("message") == phone.expect("message")
        # What one of them has sent, the other's repeat is known for.
        desk.say("from the phone")
        desk.expect("ack", id="from-the-phone")
        desk.send("rename", name="Augusta")
        phone.expect("renamed", name="Augusta")
        witness.expect("system", event="renamed", name="Augusta")
        witness.send("who", room="lobby")
        witness.expect("who", names=["Augusta", "Witness"], users=2)


def test_a_token_works_on_any_connection(site):
    inside = site.daemon.path
    with Client(site.url, "Ada") as ada:
        speak(ada)
    with Client(inside, token=ada.token) as ada, Client(f"http://127.0.0.1:{site.port}", token=ada.token) as other:
        assert ada.name == other.name == "Ada"


def test_a_token_is_nowhere_but_with_its_owner(serve, tmp_path):
    daemon = serve("--ledger", str(tmp_path / "ledger"))
    with Client(daemon.path, "Witness") as witness, Client(daemon.path, "Ada") as ada:
        speak(ada)
        ada.session().leave()
        ada.say("the end")
        while (event := witness.next()).get("text") != "the end":
            assert ada.token not in str(event)
        assert ada.token not in daemon.log()
        assert not any(ada.token in line for line in daemon.notified.lines)
        daemon.stop()
    assert ada.token.encode() not in (tmp_path / "ledger").read_bytes()


def test_two_that_want_one_name_at_the_same_time_do_not_both_get_it(serve):
    daemon = serve()
    for turn in range(20):
        people = [Client(daemon.path, hello=False) for _ in range(4)]
        for person in people:
            person.send("hello", name=f"Ada {turn}")
        answers = sorted(person.next()["type"] for person in people)
        assert answers == ["error", "error", "error", "welcome"]
        for person in people:
            person.leave()
