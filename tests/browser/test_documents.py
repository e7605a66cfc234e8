"""The worked example, by two people at once."""

import signal
import time

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, SCREENSHOTS

# No timer of the page waits for longer than 50 ms: djust's ten attempts take up to three minutes otherwise.
HASTE = (
    "const later = setTimeout; window.setTimeout = (f, ms, ...more) => later(f, Math.min(ms, 50), ...more)"
)
# What Chromium and djust log for a socket that can't be opened.
LOST_SOCKET = (
    "WebSocket connection to",
    "[LiveView] WebSocket error",
    "[LiveView] Max reconnection attempts",
)
TEXT = b"to be or not to be that is the question " * 4000  # 160 kB: three chunks


def test_two_people_share_documents(visitors):
    ada, bob = visitors(), visitors()
    ada.login("ada", PASSWORD)
    bob.login("bob", PASSWORD)
    for person in (ada, bob):
        expect(person.page.locator("#online")).to_contain_text("2 here now")

    ada.upload("hamlet.txt", TEXT)
    for person in (ada, bob):
        row = person.page.locator(".documents li", has_text="hamlet.txt").first
        expect(row).to_contain_text("40000 words")
        expect(row).to_contain_text("ada")
    ada.screenshot(SCREENSHOTS / "two-people.png")

    bob.page.locator("#search").fill("nothing like this")
    expect(bob.page.locator("#documents")).to_contain_text("No document has")
    expect(ada.page.locator("#documents")).to_contain_text("hamlet.txt")

    bob.close()
    expect(ada.page.locator("#online")).to_contain_text("1 here now")


def test_killed_server_is_noticed_and_state_comes_back(visitors, site):
    ada = visitors()
    ada.login("ada", PASSWORD)
    for name in ("other.txt", "kept.txt"):
        ada.upload(name, b"one two")
        expect(ada.page.locator("#documents > li").first).to_contain_text(name)
        # A document is found once it is counted, and the tasks of `make dev` are gone with its process.
        expect(ada.page.locator("#documents > li").first).to_contain_text("2 words", timeout=30_000)
    ada.page.locator("#save").click()
    expect(ada.page.locator("#error")).to_have_text("Choose a text file first.")
    ada.page.locator("#search").fill("kept")
    expect(ada.page.locator("#documents > li")).to_have_count(1)
    expect(ada.page.locator("#documents > li")).to_contain_text("kept.txt")
    ada.page.evaluate("window.sameVisit = true")
    ada.choose("forgotten.txt", b"x")

    site.stop(signal.SIGKILL)
    expect(ada.page.locator("#connection")).to_have_text("Connection lost. Trying again…")
    ada.screenshot(SCREENSHOTS / "reconnecting.png")
    time.sleep(3)
    site.start()
    expect(ada.page.locator("#connection")).to_be_empty(timeout=60_000)
    ada.wait_live()
    assert ada.page.evaluate("window.sameVisit"), "the page was loaded anew"
    # djust's client sends fields anew by itself; this text only the restored state knows.
    expect(ada.page.locator("#error")).to_have_text("Choose a text file first.")
    expect(ada.page.locator("#search")).to_have_value("kept")
    expect(ada.page.locator("#documents > li")).to_have_count(1)
    expect(ada.page.locator("#problem")).to_contain_text("choose the file again")
    # The server filters by the query that it restored, not by what the page still shows.
    ada.upload("kept-too.txt", b"three")
    expect(ada.page.locator("#documents > li")).to_have_count(2, timeout=30_000)  # once it is counted
    pass_over(ada, *LOST_SOCKET)


def test_giving_up_is_said_and_reload_offered(visitors, site):
    ada = visitors()
    ada.page.add_init_script(HASTE)
    ada.visit("/")
    site.stop(signal.SIGKILL)
    reload = ada.page.get_by_role("button", name="Reload")
    expect(reload).to_be_visible(timeout=30_000)
    expect(ada.page.get_by_role("status")).to_contain_text("Connection lost.")
    ada.screenshot(SCREENSHOTS / "connection-lost.png")
    site.start()
    reload.click()
    ada.wait_live()
    expect(ada.page.locator("#connection")).to_be_empty()
    pass_over(ada, *LOST_SOCKET)


def pass_over(visitor, *expected):
    visitor.complaints[:] = [
        text for text in visitor.complaints if not any(part in text for part in expected)
    ]


def test_refused_files_are_explained_and_the_next_one_works(visitors):
    ada = visitors()
    ada.login("ada", PASSWORD)
    file, save, problem = (ada.page.locator(selector) for selector in ("#file", "#save", "#problem"))
    file.set_input_files({"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 6_000_000})
    expect(problem).to_have_text("File too large.")
    expect(save).to_be_enabled()
    file.set_input_files({"name": "picture.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(problem).to_contain_text("Only text files")
    expect(save).to_be_enabled()
    ada.page.keyboard.press("Escape")  # with DEBUG, djust lays the server's error over the page
    ada.upload("small.txt", b"one")
    expect(problem).to_be_empty()
    expect(ada.page.locator("#documents")).to_contain_text("small.txt")
    expect(file).to_have_value("")  # nothing is chosen any more
    pass_over(ada, "[Upload]", "Upload rejected")


def test_documents_work_when_reached_by_a_link(visitors):
    ada = visitors()
    ada.login("ada", PASSWORD)
    ada.visit("/")
    ada.page.get_by_role("link", name="Documents", exact=True).click()
    ada.page.wait_for_url("**/documents/")
    ada.wait_live()
    ada.upload("linked.txt", b"one two")
    expect(ada.page.locator("#documents > li").first).to_contain_text("linked.txt")
    expect(ada.page.locator("#file")).to_have_value("")
    ada.page.get_by_role("link", name="My djust App").click()
    expect(ada.page.locator("#online")).to_contain_text("1 looking at this page now")
    assert ada.page.title() == "My djust App"
    ada.page.go_back()
    ada.wait_live()
    expect(ada.page.locator("#documents > li").first).to_contain_text("linked.txt")
