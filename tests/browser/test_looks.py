"""Every page in each size and theme, to be looked at: build/screenshots/."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PASSWORD, SCREENSHOTS

LONG_NAME = "minutes-of-the-" + "very-" * 25 + "long-meeting.txt"
NARROW_ENOUGH = "document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_fit_and_are_kept_as_pictures(visitors, size, theme):
    someone = visitors(viewport=size, color_scheme=theme)
    folder = SCREENSHOTS / f"{'phone' if size is PHONE else 'desktop'}-{theme}"

    def keep(name):
        assert someone.page.evaluate(NARROW_ENOUGH), f"{name} must be scrolled sideways"
        someone.screenshot(folder / f"{name}.png")

    someone.visit("/")
    keep("home")
    someone.page.keyboard.press("Tab")
    keep("home-focus")
    someone.visit("/login/")
    keep("login")
    someone.page.get_by_label("Username").fill("ada")
    someone.page.get_by_label("Password").fill("wrong")
    someone.page.get_by_role("button", name="Sign in").click()
    expect(someone.page.get_by_role("alert")).to_be_visible()
    keep("login-refused")
    someone.login("ada", PASSWORD)
    keep("documents")
    someone.page.locator("#save").click()
    expect(someone.page.get_by_role("alert")).to_be_visible()
    keep("documents-nothing-chosen")
    for name, content in {
        LONG_NAME: b"one two three",
        "broken.txt": b"\xff\xfe",
        "hamlet.txt": HAMLET,
    }.items():
        someone.upload(name, content)
        expect(someone.page.locator("#documents > li").first).to_contain_text(name[:150])
    expect(someone.page.locator("#documents > li").first).to_contain_text("words")
    keep("documents-full")
    someone.page.locator("#search").fill("nothing like this")
    expect(someone.page.locator("#documents")).to_contain_text("No document has")
    keep("documents-none-found")
    someone.visit("/nowhere/")
    keep("404")
    someone.visit("/admin/")
    keep("admin")
    someone.complaints[:] = [text for text in someone.complaints if "/nowhere/" not in text]


HAMLET = b"""To be, or not to be, that is the question:
Whether 'tis nobler in the mind to suffer the slings and arrows of outrageous fortune,
or to take arms against a sea of troubles and by opposing end them. To die, to sleep;
no more; and by a sleep to say we end the heart-ache.
"""
