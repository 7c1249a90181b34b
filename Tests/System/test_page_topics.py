"""Titles and topics of rooms."""

import pytest
from page_object import browser, chat_pages, pair  # noqa: F401  (fixtures)
from playwright.sync_api import expect

LONG = "Everything that has to do with boats, and with the sea in general, but not with fish"


def set_topic(chat, title=None, topic=None):
    chat.page.click("#open-channel-menu")
    chat.page.click("#menu-topic")
    if title is not None:
        chat.page.fill("#title-input", title)
    if topic is not None:
        chat.page.fill("#topic-input", topic)
    chat.page.press("#topic-input", "Enter")


def test_a_title_and_a_topic(pair, chat_pages):
    ada, bob = pair
    expect(ada.page.locator("#open-topic")).to_be_hidden()
    set_topic(ada, "大厅", f"  {LONG}\n ")
    expect(ada.page.locator("#topic-dialog")).to_be_hidden()
    for chat in pair:
        chat.expect_channel("大厅")
        expect(chat.page.locator("#channel-id")).to_have_text("#lobby")
        expect(chat.page.locator("#open-topic")).to_have_text(LONG)
        expect(chat.page.locator("#open-topic")).to_have_attribute("title", LONG)
        expect(chat.page.locator(".tab-name")).to_have_text("大厅")
        expect(chat.page).to_have_title("大厅 · Chatrelay")
        expect(chat.page.locator("#message-input")).to_have_attribute("placeholder", "Message to 大厅")
        expect(chat.rows.locator(".system")).to_contain_text(["Ada gave the room the title 大厅", f"Ada set the topic: {LONG}"])
    # A newcomer, the list of rooms, and who was away.
    eve = chat_pages("Eve")
    eve.expect_channel("大厅")
    eve.page.click("#open-rooms")
    expect(eve.page.locator("#room-list .option-name")).to_have_text("大厅 #lobby")
    eve.page.keyboard.press("Escape")
    eve.page.click("#open-topic")
    expect(eve.page.locator("#topic-input")).to_have_value(LONG)
    assert eve.accessibility_violations("topic") == []
    eve.page.keyboard.press("Escape")
    # The switcher finds a room by its title and by its name.
    ada.page.keyboard.press("Control+k")
    for text in "大", "lob":
        ada.page.fill("#switcher-input", text)
        expect(ada.page.locator("#switcher-list li").first).to_have_text("#大厅 #lobby")
    ada.page.keyboard.press("Escape")
    bob.page.goto("about:blank")
    set_topic(ada, "")
    ada.expect_channel("lobby")
    expect(ada.page.locator("#channel-id")).to_have_text("")
    eve.expect_channel("lobby")
    expect(eve.page.locator("#open-topic")).to_have_text(LONG)
    bob.open()
    bob.expect_channel("lobby")
    set_topic(ada, topic="")
    expect(bob.page.locator("#open-topic")).to_be_hidden()


@pytest.mark.parametrize("locale, sentence", [("en-GB", "The administrator does not allow to change titles and topics here."),
                                              ("zh-CN", "管理员不允许在这里修改标题和话题。")])
def test_a_refused_topic_says_why(site, chat_pages, locale, sentence):
    site.stop_daemon()
    site.start_daemon("--room-topics", "off")
    chat = chat_pages("Ada", locale=locale)
    set_topic(chat, topic="Boats")
    expect(chat.page.locator("#topic-error")).to_have_text(sentence)
    expect(chat.page.locator("#topic-input")).to_have_value("Boats")
