"""What administrators do, as it shows in the page: the real page, and a server that the test plays itself."""

import json

import pytest
from page_seat import PHONE, Seat, browser  # noqa: F401  (a fixture)
from page_server import TOKEN, message, play  # noqa: F401  (a fixture)
from playwright.sync_api import expect

AT = 1_767_225_600_000


class Host:
    """Plays the server for one page: whoever connects is welcome in the lobby, where two messages were said."""

    def __init__(self, seat):
        self.seat = seat
        self.connections, self.got = [], []
        seat.page.route_web_socket("**/ws", self._connected)
        seat.open()

    def _connected(self, route):
        self.connections.append(route)
        route.on_message(self._received)

    def _received(self, text):
        command = json.loads(text)
        self.got.append(command)
        if command["type"] == "hello":
            self.say(type="welcome", name="Ada", token=TOKEN, ledger="1ed9e000", seq=4, rooms=["lobby"], limits={"text": 8192})
            self.say(type="joined", room="lobby", users=2)
            self.say(type="history", room="lobby", more=False,
                     messages=[message(3, text="Spam, spam", at=AT), message(4, text="Plain words", at=AT)])
        if command["type"] == "rooms":
            self.say(type="rooms", rooms=[], more=0)

    def say(self, **event):
        self.connections[-1].send(json.dumps(event))


@pytest.fixture
def host(browser, site):
    seats = []

    def begin(**look):
        seats.append(Seat(browser, site.url, "Ada", **look))
        return Host(seats[-1])

    yield begin
    for seat in seats:
        assert seat.errors == []
        seat.context.close()


@pytest.mark.parametrize("locale, words", [("en-GB", "Message removed"), ("zh-CN", "消息已删除")])
def test_a_deleted_message_leaves_a_quiet_line(host, locale, words):
    server = host(locale=locale)
    log = server.seat.log
    expect(log.locator(".message")).to_have_count(2)
    server.say(type="deleted", seq=5, message=3, room="lobby")
    expect(log.locator(".system.removed p")).to_have_text(words)
    expect(log.locator(".message .text")).to_have_text(["Plain words"])
    # What stood under one name has it now.
    expect(log.locator(".message .person")).to_be_visible()
    assert "Spam" not in server.seat.page.content()
    server.say(type="deleted", seq=6, message=99, room="lobby")  # never was here
    server.say(**message(7, text="Next", at=AT))
    expect(log.locator(".message .text")).to_have_text(["Plain words", "Next"])
    expect(log.locator(".system.removed")).to_have_count(1)
    assert server.seat.breaches("a deleted message") == []


def test_a_message_that_was_just_spoken_is_taken_back(host):
    server = host()
    server.say(**message(5, text="Shout", at=AT))
    expect(server.seat.page.locator("#spoken p")).to_have_text("Bob: Shout")
    server.say(type="deleted", seq=6, message=5, room="lobby")
    expect(server.seat.page.locator("#spoken p")).to_have_count(0)


@pytest.mark.parametrize("locale, words", [("en-GB", "Announcement: We stop at noon"), ("zh-CN", "公告：We stop at noon")])
def test_an_announcement_is_seen_and_spoken(host, locale, words):
    server = host(locale=locale)
    server.say(type="system", event="announcement", seq=5, text="We stop at noon", at=AT)
    line = server.seat.log.locator(".system.announcement p")
    expect(line).to_have_text("We stop at noon")
    expect(server.seat.page.locator("#status")).to_have_text(words)
    assert server.seat.page.locator("#status").get_attribute("role") == "status"


@pytest.mark.parametrize("look", [{}, {"viewport": PHONE, "locale": "zh-CN", "color_scheme": "dark"}], ids=["wide", "phone"])
def test_whoever_is_kicked_comes_back_by_hand(host, look):
    server = host(**look)
    page = server.seat.page
    server.connections[-1].close(code=4200, reason="Please calm down")
    server.seat.expect_state("closed")
    expect(page.locator("#banner-reason")).to_have_text("Please calm down")
    expect(page.locator("#banner-text")).to_have_text("管理员将你移出了聊天。" if look else "An administrator has removed you.")
    expect(page.locator("#status")).to_contain_text("Please calm down")
    page.evaluate("dispatchEvent(new Event('online'))")
    assert server.seat.breaches("a kick") == []
    assert len(server.connections) == 1
    page.click("#try-now")
    server.seat.expect_state("online")
    expect(page.locator("#banner")).to_be_hidden()
    assert len(server.connections) == 2


def test_whoever_is_banned_is_told_why_and_does_not_come_back(host):
    server = host()
    page = server.seat.page
    server.connections[-1].close(code=4201, reason="Banned until 2026-01-01T00:01:00Z: Flood")
    server.seat.expect_state("closed")
    expect(page.locator("#banner-text")).to_have_text("You are banned.")
    expect(page.locator("#banner-reason")).to_have_text("Banned until 2026-01-01T00:01:00Z: Flood")
    expect(page.locator("#try-now")).to_be_hidden()
    assert len(server.connections) == 1


def test_whoever_is_muted_sees_it_where_one_writes(host):
    server = host()
    page = server.seat.page
    server.seat.write("Hello")
    expect(page.locator(".waiting .message")).to_have_count(1)
    said = next(command for command in server.got if command["type"] == "message")
    server.say(type="error", code="muted", id=said["id"], message="You are muted.", until=4_000_000_000_000)
    expect(page.locator("#hint")).to_contain_text("You are muted until 2 Oct 2096")
    expect(page.locator(".waiting .failed .note")).to_contain_text("you are muted")
    server.say(type="error", code="muted", room="lobby", message="You are muted.")
    expect(page.locator("#hint")).to_have_text("You are muted: what you write is not sent.")
    assert server.seat.breaches("muted") == []
    page.click(".waiting .failed button")
    server.say(**message(5, text="Hello", at=AT, id=said["id"], **{"sender": "Ada"}))
    expect(page.locator("#hint")).to_contain_text("Enter sends")


def test_the_library_counts_them_in_its_position(play):
    server = play(name="Ada", rooms=["lobby"])
    server.opened(1)
    server.welcome(token=TOKEN)
    server.say(**message(2))
    server.say(type="deleted", seq=5, message=2, room="lobby")
    server.settle()
    server.forward(10_000)
    server.close(4000)
    server.retry_in()
    server.forward(1)
    server.opened(2)
    server.until(lambda: server.got[1])
    assert server.got[1][0]["since"] == 5
    server.welcome(new=False, seq=9)
    server.say(type="system", event="announcement", seq=12, text="Hear", at=0)
    server.settle()
    server.close(4000)
    server.retry_in()
    server.forward(30_000)
    server.opened(3)
    server.until(lambda: server.got[2])
    assert server.got[2][0]["since"] == 12


def test_what_was_sent_again_and_is_deleted_is_gone(play):
    server = play(name="Ada", rooms=["lobby"])
    server.opened(1)
    server.welcome(token=TOKEN)
    server.page.evaluate("chat.addEventListener('deleted', (e) => heard.push(['deleted', e.detail]))")
    id = server.run("send('lobby', 'Hello')")
    server.say(type="ack", id=id, seq=7, deleted=True)
    server.settle()
    assert server.heard("deleted") == [{"type": "deleted", "message": 7, "id": id, "room": "lobby"}]
    assert server.heard("message") == [] and server.run("pending") == []


def test_a_user_with_a_banned_name_stays_outside(play):
    server = play(name="Ada", rooms=["lobby"])
    server.opened(1)
    server.say(type="error", code="name-banned", message="The name Ada is banned.")
    server.until(lambda: len(server.got[0]) == 2)
    assert "name" not in server.got[0][1]  # a newcomer takes what is assigned
    server.welcome(name="quiet-otter", token=TOKEN)
    server.close(4000)
    server.retry_in()
    server.forward(1_000)
    server.opened(2)
    server.say(type="error", code="name-banned", message="The name quiet-otter is banned.")
    server.wait("last[1].state === 'closed'")
    assert server.heard("state")[-1] == {"state": "closed", "code": 4201, "reason": "The name quiet-otter is banned."}
