"""Every page: strict policy sent, and nothing that the browser would complain about."""

import pytest

from tests.browser.conftest import PASSWORD

PUBLIC = ["/", "/login/"]
PRIVATE = [
    "/documents/",
    "/admin/",
    "/admin/documents/document/",
    "/admin/users/user/",
    "/admin/users/user/add/",
    "/admin/users/user/1/change/",
]


@pytest.mark.parametrize("path", PUBLIC + PRIVATE)
def test_pages_are_clean(visitors, path):
    ada = visitors()
    if path in PRIVATE:
        ada.login("ada", PASSWORD)
    policies = []
    ada.page.on("response", lambda answer: policies.append(answer.headers.get("content-security-policy")))
    assert ada.visit(path) == 200
    assert "'nonce-" in policies[0]
    assert "unsafe" not in policies[0]
    ada.page.wait_for_load_state("networkidle")


def test_missing_page_is_clean(visitors, site):
    guest = visitors()
    assert guest.visit("/nowhere/") == 404
    guest.page.wait_for_load_state("networkidle")
    assert guest.complaints.pop().startswith(f"{site.base_url}/nowhere/: Failed to load resource")
