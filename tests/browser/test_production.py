"""The default project in production, in Chromium: nginx with TLS, two gunicorns, a Celery worker."""

import json
import os
import signal

import pytest
from playwright.sync_api import expect

from tests import rendering
from tests.browser.chromium import Visitor, chromium
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_documents import LOST_SOCKET, pass_over
from tests.matrix import DEFAULT
from tests.site import HOST, PASSWORD, Site
from tests.visit import Visit

# djust's client says so for a second or two.
REMEMBER_LOSS = """new MutationObserver(() => {
    window.lost ||= document.body.hasAttribute("data-dj-reconnect-attempt")
}).observe(document.body, {attributes: true})"""
TEXT = b"to be or not to be that is the question " * 4000  # several chunks


@pytest.fixture
def visit(services, tmp_path):
    with Visit(Site(rendering.project_of(DEFAULT), services, tmp_path, DEFAULT)) as visit:
        yield visit


@pytest.fixture
def people(visit):
    """Two people whose browser believes that nginx is the site's own host."""
    with chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{visit.proxy.port}") as browser:
        options = {"ignore_https_errors": True}  # the certificate is the tests' own
        yield [Visitor(browser, f"https://{HOST}", **options) for _ in range(2)]


def test_two_people_and_killed_servers(visit, people):
    ada = people[0]
    for person, name in zip(people, ("ada", "grace"), strict=True):
        assert person.visit("/").status == 200
        person.login(name, PASSWORD)
    ada.upload("hamlet.txt", TEXT)
    for person in people:
        row = person.page.locator(".documents li", has_text="hamlet.txt").first
        expect(row).to_contain_text("40000 words", timeout=30_000)

    # A real browser sends the cookie with the id of a page to its socket.
    lines = [json.loads(line) for line in visit.access_log().splitlines() if line]
    pages = {line.get("request_id") for line in lines if "GET /" in line["message"]}  # probes have none
    assert {line["request_id"] for line in lines if line.get("event")} <= pages

    ada.page.locator("#save").click()
    expect(ada.page.locator("#error")).to_have_text("Choose a text file first.")
    ada.page.evaluate("window.sameVisit = true")
    ada.page.evaluate(REMEMBER_LOSS)
    for pid in visit.workers():
        os.kill(pid, signal.SIGKILL)
    ada.wait_for("window.lost")
    ada.wait_for("document.body.classList.contains('dj-connected')")
    ada.wait_live()
    assert ada.page.evaluate("window.sameVisit"), "the page was loaded anew"
    # djust's client sends fields anew by itself; this text only the restored state knows.
    expect(ada.page.locator("#error")).to_have_text("Choose a text file first.")
    ada.page.locator("#search").fill("nothing like this")
    expect(ada.page.locator("#documents")).to_contain_text("No document has")
    ada.screenshot(SCREENSHOTS / "production.png")
    for person in people:
        pass_over(person, *LOST_SOCKET)
        assert not person.complaints
