"""Presence: a user joins once and leaves once, whatever the number of its connections and however often they break."""

import time

import pytest

from client import Client
from patience import scaled, wait_until

MEMBERS = 250  # above the 200 up to which each joining is an event


@pytest.mark.parametrize("is_closed", [True, False], ids=["leaving", "broken"])
def test_three_sessions_join_once_and_leave_once(server, is_closed):
    with Client(server, "Ada") as ada:
        ada.expect("joined", users=1)
        bob = Client(server, "Bob")
        sessions = [bob, bob.session(), bob.session()]
        ada.expect("system", event="joined", name="Bob", users=2)
        for session in sessions:
            session.until("joined", users=2)
        sessions.pop().send("leave", room="lobby")
        for session in sessions:
            session.leave() if is_closed else session.cut()
        ada.expect("system", event="left", name="Bob", users=1)
        with Client(server, "Cleo"):
            ada.expect("system", event="joined", name="Cleo", users=2)


def test_a_break_within_the_grace_period_is_not_announced(serve):
    daemon = serve("--grace", "1")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob, Client(daemon.path, "Cleo") as cleo:
        ada.until("system", event="joined", name="Cleo", users=3)
        bob.cut()
        wait_until(lambda: "Bob disconnected" in daemon.log(), what="the break")
        with bob.reconnect():
            # Cleo does not come back. Bob's grace period would end before hers.
            cleo.cut()
            ada.expect("system", event="left", name="Cleo", users=2)
            ada.send("who", room="lobby")
            ada.expect("who", names=["Ada", "Bob"])


def test_a_user_leaves_at_the_end_of_the_grace_period(serve):
    daemon = serve("--grace", "2")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob") as bob:
        ada.until("system", event="joined", name="Bob")
        bob.send("typing", room="lobby")
        ada.expect("typing")
        start = time.monotonic()
        bob.cut()
        # Until then he is a member.
        wait_until(lambda: "Bob disconnected" in daemon.log(), what="the break")
        ada.send("who", room="lobby")
        ada.expect("who", names=["Ada", "Bob"])
        ada.expect("system", event="left", name="Bob", users=1)
        assert 2 <= time.monotonic() - start < scaled(8)
        with bob.reconnect() as bob:
            bob.expect("joined", users=2)
            ada.expect("system", event="joined", name="Bob", users=2)


def test_a_created_room_outlasts_a_break(serve):
    daemon = serve("--grace", "1")
    with Client(daemon.path, "Ada") as ada, Client(daemon.path, "Bob", rooms=["attic"], create=True) as bob:
        bob.cut()
        wait_until(lambda: "Bob disconnected" in daemon.log(), what="the break")
        with bob.reconnect(rooms=["attic"]) as bob:
            bob.expect("joined", room="attic", users=1)
        wait_until(lambda: "attic is empty and closed" in daemon.log(), what="the end of the room")
        ada.send("join", room="attic")
        ada.until("error", code="no-such-room")


def test_a_large_room_is_only_counted(serve):
    daemon = serve()
    with Client(daemon.path, "Ada") as ada:
        ada.expect("joined")
        others = [Client(daemon.path) for _ in range(MEMBERS - 1)]
        try:
            for users in range(2, 201):
                ada.expect("system", event="joined", users=users)
            counts, times = [], []
            while not counts or counts[-1] != MEMBERS:
                event = ada.expect("system", event="count")
                assert "name" not in event
                counts.append(event["users"])
                times.append(event["at"])
            assert counts == sorted(counts) and counts[0] > 200
            assert all(later - earlier > 4_500 for earlier, later in zip(times, times[1:])), "once in 5 s"
            others.pop().leave()
            ada.expect("system", event="count", users=MEMBERS - 1)
            others[0].send("who", room="lobby")
            who = others[0].until("who")
            assert who["users"] == len(who["names"]) == MEMBERS - 1
        finally:
            for client in others:
                client.leave()
        # At 200 and below, each leaving is an event again.
        left = [ada.next() for _ in range(200)]
        assert all(event["event"] in ("left", "count") for event in left)
        singles = [event["users"] for event in left if event["event"] == "left"]
        assert singles == list(range(200, 200 - len(singles), -1)) and len(singles) >= 198
