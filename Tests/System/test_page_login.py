"""The page behind a login of nginx's own, in a real browser: `--identity proxy`."""

from page_seat import Seat, browser  # noqa: F401  (a fixture)
from playwright.sync_api import expect
from test_identity import PASSWORDS, basic_site  # noqa: F401  (a fixture)


def test_the_login_is_the_name_on_the_page(basic_site, browser):  # noqa: F811
    seats = [Seat(browser, basic_site.url, http_credentials={"username": name, "password": word})
             for name, word in PASSWORDS.items()]
    try:
        ada, zoe = (seat.open() for seat in seats)
        for seat in seats:
            expect(seat.page.locator("#my-name")).to_have_text(list(PASSWORDS)[seats.index(seat)])
        ada.say("Hello")
        zoe.expect_said("Hello")
        assert zoe.messages() == [("ada", "Hello")]
        # The name is not the page's business: nothing to change, and no secret of it to give to another device.
        ada.page.click("#open-name")
        expect(ada.page.locator("#name-fixed")).to_be_visible()
        expect(ada.page.locator("#name")).to_be_hidden()
        ada.page.keyboard.press("Escape")
        ada.page.reload()
        ada.expect_state("online")
        expect(ada.page.locator("#my-name")).to_have_text("ada")
        assert not ada.errors and not zoe.errors
    finally:
        for seat in seats:
            seat.context.close()
