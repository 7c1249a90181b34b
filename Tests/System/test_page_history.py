"""The history of a room: it loads while the user scrolls, and the visible messages stay in place."""

import pytest
from page_history import history_server  # noqa: F401  (a fixture)
from page_object import PHONE, browser, chat_pages  # noqa: F401  (fixtures)
from page_server import fake_server  # noqa: F401  (a fixture)
from playwright.sync_api import expect

SEQS = "() => [...document.querySelectorAll('.rows:not(.pending-list) .message-text')].map((text) => Number(text.textContent.split(' ')[1]))"
LIST = ".message-pane:not([hidden]) .message-list"
#: Positions are fractions (px).
TOLERANCE = 2


def seqs(chat):
    return chat.page.evaluate(SEQS)


def top_of(chat, text):
    return chat.page.locator(".message", has=chat.page.get_by_text(text, exact=True)).bounding_box()["y"]


def scroll(chat, top):
    chat.page.locator(LIST).evaluate("(list, top) => { list.scrollTop = top; }", top)


def test_scrolling_up_loads_earlier_messages(history_server):
    server = history_server(120)
    chat = server.chat
    assert seqs(chat) == list(range(150, 250, 2)), "the newest 50"
    assert server.requests == []
    for count in (100, 120):
        scroll(chat, 0)
        expect(chat.page.locator(f"{LIST} .message")).to_have_count(count)
    assert seqs(chat) == list(range(10, 250, 2))
    expect(chat.page.locator(".history-start")).to_have_text("The beginning of the conversation")
    expect(chat.page.locator(".load-earlier")).to_be_hidden()
    assert [page["before"] for page in server.requests] == [150, 50], "each page once"


@pytest.mark.parametrize("look", [{}, {"viewport": PHONE}], ids=["wide", "phone"])
def test_visible_messages_stay_in_place(history_server, look):
    server = history_server(200, **look)
    chat = server.chat
    server.hold()
    scroll(chat, 30)
    expect(chat.page.locator(".load-earlier")).to_have_text("Loading…")
    expect(chat.page.locator(LIST)).to_have_attribute("aria-busy", "true")
    scroll(chat, 75)  # scrolls on while loading
    before = top_of(chat, "Message 320")
    server.release()
    expect(chat.page.get_by_text("Message 308", exact=True)).to_have_count(1)
    assert abs(top_of(chat, "Message 320") - before) <= TOLERANCE
    server.send_message()
    expect(chat.page.get_by_text("Message 410", exact=True)).to_have_count(1)
    assert abs(top_of(chat, "Message 320") - before) <= TOLERANCE


def test_day_separators_and_groups_do_not_depend_on_pages(history_server):
    """Messages that arrived in pages look the same as live ones."""
    paged = history_server(90)
    scroll(paged.chat, 0)
    expect(paged.chat.page.locator(".history-start")).to_be_visible()
    whole = history_server(0)
    for _ in range(90):
        whole.send_message()
    expect(whole.chat.page.get_by_text("Message 188", exact=True)).to_have_count(1)
    look = """() => [...document.querySelectorAll('.rows:not(.pending-list) > li')].map((row) =>
        [row.className.replace(' jump-target', ''), row.textContent, row.querySelectorAll('.visually-hidden').length])"""
    rows = paged.chat.page.evaluate(look)
    assert rows == whole.chat.page.evaluate(look)
    assert sum(name == "day-separator" for name, _, _ in rows) == 1
    assert sum("grouped" in name for name, _, _ in rows) == 0, "messages five minutes apart are not grouped"


def test_grouped_messages_show_one_name_but_have_all_for_screen_readers(history_server):
    server = history_server(0)
    for n in range(3):
        server.send_message(at=1_767_225_600_000 + n * 60_000)
    server.send_message(at=1_767_225_600_000 + 2 * 60_000 + 300_000)
    messages = server.chat.rows.locator(".message")
    expect(messages).to_have_count(4)
    visible = messages.evaluate_all("rows => rows.map(r => [r.querySelector('.user-name'), r.querySelector('time')]"
                                    ".map(e => e.getBoundingClientRect().width > 1))")
    assert visible == [[True, True], [False, False], [False, False], [True, True]]
    spoken = messages.evaluate_all("rows => rows.map(r => r.querySelector('.user-name').textContent + r.querySelector('time').textContent.length)")
    assert spoken == ["Bob5"] * 4


def test_a_gap_is_shown_and_loads(history_server):
    server = history_server(60)
    chat = server.chat
    last = server.messages[-1]["seq"]
    server.gap = True
    for _ in range(120):
        server.store()
    server.drop_connection()
    expect(chat.page.get_by_text("Message 368", exact=True)).to_have_count(1)
    expect(chat.page.locator(".gap button")).to_have_text("Some messages in between are not loaded. Load them")
    assert seqs(chat) == [*range(30, last + 2, 2), *range(270, 370, 2)]
    # By its button: the messages at its lower end load first.
    server.hold()
    chat.page.locator(".gap button").press("Enter")
    expect(chat.page.locator(LIST)).to_have_attribute("aria-busy", "true")
    before = top_of(chat, "Message 276")
    server.release(hold=True)
    expect(chat.page.get_by_text("Message 268", exact=True)).to_have_count(1)
    assert abs(top_of(chat, "Message 276") - before) <= TOLERANCE
    expect(chat.page.locator(".gap button")).to_be_focused()
    server.release()
    # By scrolling to it.
    chat.page.locator(".gap").scroll_into_view_if_needed()
    expect(chat.page.locator(".gap")).to_have_count(0)
    assert seqs(chat)[-170:] == list(range(30, 370, 2))


def test_resuming_without_a_gap(history_server):
    server = history_server(60)
    server.drop_connection()
    server.chat.page.wait_for_function("() => document.querySelector('#connection-state').dataset.state !== 'online'")
    server.chat.expect_state("online")
    server.send_message()
    server.chat.expect_message("Message 130")
    expect(server.chat.page.locator(".gap")).to_have_count(0)
    assert seqs(server.chat) == list(range(30, 132, 2))


def test_history_loads_by_keyboard(history_server):
    server = history_server(120)
    chat = server.chat
    chat.page.locator(".load-earlier").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_text("Message 50", exact=True)).to_have_count(1)
    chat.page.focus(LIST)
    for _ in range(40):
        chat.page.keyboard.press("Home")
        if chat.page.locator(".history-start").is_visible():
            break
        chat.page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(chat.page.locator(".history-start")).to_be_visible()


def test_screen_readers_read_only_live_messages(history_server):
    server = history_server(120)
    chat = server.chat
    expect(chat.page.locator(LIST)).to_have_attribute("aria-live", "off")
    scroll(chat, 0)
    expect(chat.page.get_by_text("Message 50", exact=True)).to_have_count(1)
    server.send_message(text="Just said")
    expect(chat.page.locator("#live-region p")).to_have_text(["Bob: Just said"])
    for _ in range(10):
        server.send_message()
    expect(chat.page.locator("#live-region p").last).to_have_text("10 new messages")


def test_a_lost_page_is_requested_again(history_server):
    server = history_server(120)
    chat = server.chat
    server.hold()
    scroll(chat, 0)
    expect(chat.page.locator(".load-earlier")).to_have_text("Loading…")
    server.held = None
    server.drop_connection()  # the requested page never arrives
    expect(chat.page.get_by_text("Message 50", exact=True)).to_have_count(1)


def test_the_rows_are_bounded_at_both_ends(history_server):
    server = history_server(1_300)
    chat = server.chat
    oldest = seqs(chat)[0]
    while oldest != 10:
        scroll(chat, 0)
        chat.page.wait_for_function(f"() => Number(document.querySelector('.rows .message-text').textContent.split(' ')[1]) < {oldest}")
        oldest = seqs(chat)[0]
    shown = seqs(chat)
    assert shown == list(range(10, 2010, 2)), "the newest rows were removed"
    chat.page.click(".jump-to-latest")
    expect(chat.page.get_by_text("Message 2608", exact=True)).to_be_in_viewport()
    assert len(seqs(chat)) <= 1_000
    server.send_message(text="Message 2610")
    expect(chat.page.get_by_text("Message 2610", exact=True)).to_be_in_viewport()
    assert len(seqs(chat)) <= 1_000


def test_the_scroll_position_survives_selecting_another_channel(history_server):
    server = history_server(120)
    chat = server.chat
    scroll(chat, 800)
    before = top_of(chat, "Message 182")
    server.send({"type": "private", "seq": 999, "id": "p", "from": "Bob", "to": "Ada", "text": "Psst", "at": 0})
    chat.page.locator(".private .tab").click()
    chat.expect_message("Psst")
    server.send_message()
    expect(chat.page.locator(".tab", has_text="lobby").locator(".badge .visually-hidden")).to_have_text("1 unread")
    chat.page.locator(".tab", has_text="lobby").click()
    expect(chat.page.get_by_text("Message 250", exact=True)).to_have_count(1)
    assert abs(top_of(chat, "Message 182") - before) <= TOLERANCE


def test_the_newest_messages_are_not_requested(history_server):
    server = history_server(120, late=True)
    server.chat.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    server.send_newest()
    expect(server.chat.page.get_by_text("Message 248", exact=True)).to_have_count(1)
    assert server.requests == []


def test_live_messages_are_batched(fake_server):
    """The first message is added at once, the others together in the next frame."""
    server = fake_server()
    texts = server.page.evaluate("""async () => {
        const { MessageList } = await import("/page/message-list.js");
        const list = new MessageList("lobby", {
            load: () => false,
            context: { users: new Map(), self: () => undefined, changes: () => [], refusal: () => undefined, nameClicked() {} },
        });
        for (let n = 0; n < 5; n++) list.addMessage({ seq: n, id: String(n), from: "Ada", text: String(n), at: n, own: false });
        window.texts = () => [...list.element.querySelectorAll(".message-text")].map((text) => text.textContent);
        return texts();
    }""")
    assert texts == ["0"]
    server.advance(16)
    assert server.page.evaluate("texts()") == ["0", "1", "2", "3", "4"]
