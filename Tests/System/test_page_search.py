"""The search dialog."""

from page_history import history_server  # noqa: F401  (a fixture)
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (fixtures)
from client import Client
from patience import wait_until
from playwright.sync_api import expect

RESULTS = "#search-results li"


def search(chat, text):
    chat.page.keyboard.press("Control+Shift+f")
    expect(chat.page.locator("#search-input")).to_be_focused()
    chat.page.fill("#search-input", text)
    chat.page.keyboard.press("Enter")


def test_it_searches_rooms_and_conversations(pair):
    ada, bob = pair
    ada.say("The café opens at nine")
    bob.say("Which cafés?")
    bob.page.locator("#member-list button", has_text="Ada").click()
    bob.say("Not that CAFE")
    search(ada, "caf")
    expect(ada.page.locator("#search-status")).to_have_text("3 messages found")
    expect(ada.page.locator(f"{RESULTS} .result-text")).to_have_text(["Not that CAFE", "Which cafés?", "The café opens at nine"])
    expect(ada.page.locator(f"{RESULTS} .result-channel")).to_have_text(["Private Bob", "lobby", "lobby"])
    expect(ada.page.locator("mark")).to_have_text(["CAF", "caf", "caf"])
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("#search-dialog")).to_be_hidden()
    ada.expect_channel("Bob")
    expect(ada.page.locator(".jump-target .message-text")).to_have_text("Not that CAFE")
    expect(ada.page.locator(".jump-target")).to_be_focused()


def test_it_searches_only_the_selected_channel(pair):
    ada, bob = pair
    ada.say("needle in the room")
    bob.page.locator("#member-list button", has_text="Ada").click()
    bob.say("private needle")
    expect(ada.page.locator(".private .tab .badge")).to_be_visible()
    search(ada, "needle")
    expect(ada.page.locator(RESULTS)).to_have_count(2)
    expect(ada.page.locator("#search-current-name")).to_have_text("lobby")
    ada.page.check("#search-current")
    expect(ada.page.locator(f"{RESULTS} .result-text")).to_have_text(["needle in the room"])
    ada.page.keyboard.press("Escape")
    ada.page.locator(".private .tab").click()
    ada.page.click("#open-search")
    ada.page.fill("#search-input", "needle")
    ada.page.check("#search-current")
    expect(ada.page.locator(f"{RESULTS} .result-text")).to_have_text(["private needle"])


def test_more_results(chat_pages, site):
    chat = chat_pages("Ada")
    with Client(site.url, "Guest") as guest:
        for n in range(45):
            guest.say(f"needle {n}")
        guest.until("message", text="needle 44")
    search(chat, "needle")
    expect(chat.page.locator("#search-status")).to_have_text("20 messages found, and there are more")
    chat.page.click("#search-more")
    expect(chat.page.locator(RESULTS)).to_have_count(40)
    expect(chat.page.locator(f"{RESULTS}:nth-child(21) button")).to_be_focused()
    chat.page.click("#search-more")
    expect(chat.page.locator("#search-status")).to_have_text("45 messages found")
    expect(chat.page.locator("#search-more")).to_be_hidden()


def test_no_results(chat_pages):
    chat = chat_pages("Ada")
    chat.page.locator(".message-list:visible").focus()
    chat.page.keyboard.press("/")
    expect(chat.page.locator("#search-input")).to_be_focused()
    expect(chat.page.locator("#search-input")).to_have_value("")
    chat.page.keyboard.type("needle")
    expect(chat.page.locator("#search-status")).to_have_text("Nothing was found.")
    chat.page.fill("#search-input", "…")
    expect(chat.page.locator("#search-status")).to_have_text("The search contains no words, or too many.")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#search-dialog")).to_be_hidden()
    expect(chat.page.locator(".message-list:visible")).to_be_focused()
    chat.page.fill("#message-input", "")
    chat.page.locator("#message-input").press_sequentially("/shrug")
    expect(chat.page.locator("#message-input")).to_have_value("/shrug")


def test_the_keys_of_an_input_method_are_left_to_it(page_server):
    """It chooses among its candidates by the arrow keys. The search starts when the composition has ended."""
    server = page_server()
    page = server.chat.page
    page.clock.install()
    searches = lambda: [command["text"] for command in server.received if command["type"] == "search"]
    search(server.chat, "Spam")
    wait_until(lambda: page.evaluate("1") and searches() == ["Spam"])
    server.send(type="found", text="Spam", messages=[message(3, text="Spam", at=AT)], more=False)
    expect(page.locator(RESULTS)).to_have_count(1)
    ime = server.chat.context.new_cdp_session(page)
    ime.send("Input.imeSetComposition", {"text": "dajia", "selectionStart": 5, "selectionEnd": 5})
    # The page hides these keys from all listeners, so the test counts what is prevented.
    page.evaluate("""() => {
        window.prevented = 0;
        const { preventDefault } = Event.prototype;
        Event.prototype.preventDefault = function () { window.prevented += 1; preventDefault.call(this); };
    }""")
    for code, key in ((40, "ArrowDown"), (38, "ArrowUp")):
        ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code})
        assert page.evaluate("prevented") == 0
        expect(page.locator("#search-input")).to_be_focused()
    page.clock.run_for(1_000)
    ime.send("Input.insertText", {"text": "大家"})
    page.clock.run_for(1_000)
    wait_until(lambda: page.evaluate("1") and len(searches()) > 1)
    assert searches() == ["Spam", "Spam大家"], "nothing was searched for during the composition"


def test_arrow_keys_with_shift_select_text(pair):
    ada, bob = pair
    bob.say("needle")
    search(ada, "needle")
    expect(ada.page.locator(RESULTS)).to_have_count(1)
    ada.page.keyboard.press("Home")
    ada.page.keyboard.press("Shift+ArrowDown")
    expect(ada.page.locator("#search-input")).to_be_focused()
    assert ada.page.evaluate("getSelection().toString()") == "needle"


def test_a_result_leads_to_its_message(history_server):
    """The messages around the result load. A gap separates them from the newest messages."""
    server = history_server(600)
    chat = server.chat
    search(chat, "Message 210")
    chat.page.locator(RESULTS).first.locator("button").click()
    expect(chat.page.locator(".jump-target .message-text")).to_have_text("Message 210")
    expect(chat.page.locator(".jump-target")).to_be_in_viewport()
    expect(chat.page.locator(".gap")).to_have_count(1)
    # Scrolling down loads the gap from its upper end.
    message_list = chat.page.locator(".message-list:visible")
    seen = {210}
    for _ in range(60):
        message_list.evaluate("list => { list.scrollTop += 300; }")
        chat.page.wait_for_function("() => document.querySelector('.message-list').getAttribute('aria-busy') === 'false'")
        chat.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen |= set(message_list.evaluate("""list => [...list.querySelectorAll('.message-text')].filter((text) => {
            const { top, bottom } = text.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
        }).map((text) => Number(text.textContent.split(' ')[1]))"""))
    assert sorted(seen) == list(range(min(seen), max(seen) + 2, 2)), "no message is missing"
    assert max(seen) > 400
    assert max(page["before"] for page in server.requests) < max(seen) + 300, "the gap does not load from its lower end"
    chat.page.click(".jump-to-latest")
    expect(chat.page.get_by_text("Message 1208", exact=True)).to_be_in_viewport()


def test_an_answer_to_an_earlier_search_is_ignored(history_server):
    server = history_server(60)
    search(server.chat, "Message 20")
    expect(server.chat.page.locator(f"{RESULTS} .result-text")).to_have_text(["Message 20"])
    server.send({"type": "found", "text": "Message", "messages": [server.messages[7]], "more": True})
    server.send({"type": "found", "text": "Message 20", "before": 7, "messages": [server.messages[7]], "more": True})
    server.send_message(text="After that")
    expect(server.chat.page.locator("#live-region p")).to_have_text(["Bob: After that"])
    expect(server.chat.page.locator(f"{RESULTS} .result-text")).to_have_text(["Message 20"])


def test_a_result_opens_while_another_page_is_loading(history_server):
    server = history_server(600)
    server.hold()
    server.chat.page.locator(".message-list").evaluate("list => { list.scrollTop = 0; }")
    expect(server.chat.page.locator(".load-earlier")).to_have_text("Loading…")
    search(server.chat, "Message 210")
    server.chat.page.locator(RESULTS).first.locator("button").click()
    server.release()
    expect(server.chat.page.locator(".jump-target .message-text")).to_have_text("Message 210")
    expect(server.chat.page.locator(".jump-target")).to_be_in_viewport()
