"""What a visitor sees while Redis is down."""

import pytest

from tests.browser.conftest import PASSWORD, SCREENSHOTS, Site, coming_to
from tests.services import Redis


@pytest.fixture
def redis(tmp_path):
    with Redis(tmp_path) as redis:
        yield redis


def test_page_without_redis_asks_to_come_back(browser, project, redis):
    with Site(project, "with_redis", REDIS=redis.url()) as site, coming_to(browser, site) as visitors:
        ada = visitors()
        ada.login("ada", PASSWORD)
        redis.stop()
        answer = ada.visit("/documents/")
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "Back in a moment" in ada.page.title()
        ada.screenshot(SCREENSHOTS / "503.png")
        ada.page.wait_for_load_state("networkidle")
        redis.start()
        ada.page.get_by_role("link", name="Try again").click()
        ada.wait_live()
        assert "Documents" in ada.page.title()  # still signed in
        refused = [text for text in ada.complaints if "CSP" in text or "Content Security Policy" in text]
        assert not refused
        ada.complaints.clear()  # Chromium logs the 503
    assert "Service Unavailable: /documents/" in site.log.read_text()
