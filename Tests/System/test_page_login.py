"""The page behind a login of nginx (`--identity proxy`) in a real browser."""

from page_object import ChatPage, browser  # noqa: F401  (a fixture)
from playwright.sync_api import expect
from test_identity import PASSWORDS, basic_site  # noqa: F401  (a fixture)


def test_the_login_is_the_name_on_the_page(basic_site, browser):  # noqa: F811
    chats = [ChatPage(browser, basic_site.url, http_credentials={"username": name, "password": word})
             for name, word in PASSWORDS.items()]
    try:
        ada, zoe = (chat.open() for chat in chats)
        for chat in chats:
            expect(chat.page.locator("#own-name")).to_have_text(list(PASSWORDS)[chats.index(chat)])
        ada.say("Hello")
        zoe.expect_message("Hello")
        assert zoe.messages() == [("ada", "Hello")]
        # The name can't be changed, and there is no token to share.
        ada.page.click("#open-name")
        expect(ada.page.locator("#name-fixed")).to_have_text("Your name comes from your login here, and can't be changed.")
        expect(ada.page.locator("#name-form")).to_be_hidden()
        expect(ada.page.locator("#device")).to_be_hidden()
        assert ada.accessibility_violations("fixed name") == []
        ada.page.keyboard.press("Escape")
        ada.page.evaluate("location.hash = '#link=' + 'A'.repeat(20)")
        ada.page.get_by_role("button", name="Use this name").click()
        expect(ada.page.locator("#code-error")).to_contain_text("there are no devices, links or recovery codes")
        ada.page.keyboard.press("Escape")
        ada.page.reload()
        ada.expect_state("online")
        expect(ada.page.locator("#own-name")).to_have_text("ada")
        assert not ada.errors and not zoe.errors
    finally:
        for chat in chats:
            chat.context.close()
