"""One's name on another device, and where the name comes from."""

import pytest
from page_seat import Seat, browser, pair, seats  # noqa: F401  (fixtures)
from playwright.sync_api import expect


@pytest.fixture
def another(browser, site):
    """Another device, that opens an address."""
    opened = []

    def device(url, name=None) -> Seat:
        seat = Seat(browser, site.url, name)
        opened.append(seat)
        seat.page.goto(url)
        return seat

    yield device
    errors = [error for seat in opened for error in seat.errors]
    for seat in opened:
        seat.context.close()
    assert errors == []


def link_of(seat):
    seat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seat.page.click("#open-name")
    seat.page.click("#copy-link")
    expect(seat.page.locator("#device-state")).to_have_text("Copied.")
    link = seat.page.evaluate("navigator.clipboard.readText()")
    seat.page.keyboard.press("Escape")
    return link


def test_a_link_makes_another_device_the_same_user(pair, another):
    ada, bob = pair
    ada.say("Hello")
    bob.page.locator("#people-list button", has_text="Ada").click()
    bob.say("Psst")
    link = link_of(ada)
    phone = another(link)
    expect(phone.page.locator("#become-dialog")).to_be_visible()
    assert "token" not in phone.page.url, "it is out of the address bar"
    expect(phone.page.get_by_role("button", name="Cancel")).to_be_focused()
    phone.page.get_by_role("button", name="Use this name").click()
    expect(phone.page.locator("#my-name")).to_have_text("Ada")
    phone.page.locator(".private .tab").click()
    phone.expect_said("Psst")
    expect(ada.page.locator("#people-list .name")).to_have_text(["Ada", "Bob"])
    assert "token" not in phone.page.evaluate("history.length + location.href")


def test_it_is_asked_before_a_name_is_replaced(pair, another):
    ada, bob = pair
    link = link_of(ada)
    bob.page.evaluate("hash => { location.hash = hash; }", link.split("#")[1])
    expect(bob.page.locator("#become-text")).to_contain_text("This device is Bob now")
    assert "token" not in bob.page.url
    bob.page.keyboard.press("Escape")
    bob.say("Still me")
    assert bob.messages() == [("Bob", "Still me")]
    bob.page.reload()
    bob.expect_state("online")
    expect(bob.page.locator("#my-name")).to_have_text("Bob")


@pytest.mark.parametrize("token", ["", "short", "<script>", "%00" * 32])
def test_what_is_no_token_is_no_question(another, site, token):
    seat = another(f"{site.url}/#token={token}")
    seat.expect_state("online")
    expect(seat.page.locator("#become-dialog")).to_be_hidden()
    assert "token" not in seat.page.url


def test_without_a_clipboard_the_link_is_shown(seats):
    seat = seats("Ada")
    seat.page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no')); 0")
    seat.page.click("#open-name")
    seat.page.click("#copy-link")
    expect(seat.page.locator("#device-state")).to_have_text("Copy it by hand.")
    assert "#token=" in seat.page.locator("#device-link").input_value()
    assert seat.page.evaluate("getSelection().toString() === document.querySelector('#device-link').value")
    seat.page.keyboard.press("Escape")
    expect(seat.page.locator("#device-link")).to_have_value("")


def test_two_tabs_are_one_user(pair):
    ada, bob = pair
    tab = ada.context.new_page()
    tab.goto(ada.url)
    expect(tab.locator("#my-name")).to_have_text("Ada")
    tab.fill("#text", "From the other tab")
    tab.press("#text", "Enter")
    bob.expect_said("From the other tab")
    ada.expect_said("From the other tab")
    expect(ada.log.locator(".own")).to_have_count(1)
    tab.close()
    bob.say("Are you there?")
    bob.expect_people("Ada", "Bob")
    expect(bob.log.locator(".system", has_text="left")).to_have_count(0)


def test_a_reload_keeps_the_name_and_the_messages(pair):
    ada, bob = pair
    ada.say("Hello")
    bob.say("Hello, Ada")
    ada.expect_said("Hello, Ada")
    ada.page.reload()
    ada.expect_state("online")
    ada.expect_said("Hello, Ada")
    assert ada.messages() == [("Ada", "Hello"), ("Bob", "Hello, Ada")]
    expect(ada.log.locator(".own .text")).to_have_text(["Hello"])


def test_what_was_written_outlives_a_reload_without_the_server(pair, site):
    ada, bob = pair
    site.stop_daemon()
    expect(ada.page.locator("#banner")).to_be_visible()
    ada.write("Written before a reload")
    expect(ada.page.locator(".waiting .text")).to_have_text("Written before a reload")
    ada.page.reload()
    site.start_daemon()
    bob.expect_said("Written before a reload")
    ada.expect_said("Written before a reload")
    expect(ada.page.locator(".waiting li")).to_have_count(0)
    for seat in pair:
        seat.forgive_the_missing_server()


def test_a_name_from_a_login_says_so(browser, site):
    """A proxy vouches for people: there is no token in `welcome`, and no name to choose."""
    seat = Seat(browser, site.url)

    def answer(route):
        def heard(text):
            if '"hello"' in text:
                route.send('{"type":"welcome","name":"ada","ledger":"1ed9e000","seq":1,"rooms":["lobby"],"limits":{}}')
                route.send('{"type":"joined","room":"lobby","users":1}')
                route.send('{"type":"history","room":"lobby","messages":[],"more":false}')
        route.on_message(heard)

    seat.page.route_web_socket("**/ws", answer)
    seat.open()
    seat.page.click("#open-name")
    expect(seat.page.locator("#name-fixed")).to_have_text("Your name comes from your login here, and can't be changed.")
    expect(seat.page.locator("#name-form")).to_be_hidden()
    expect(seat.page.locator("#device")).to_be_hidden()
    assert seat.breaches("fixed name") == [] and seat.errors == []
    seat.context.close()
