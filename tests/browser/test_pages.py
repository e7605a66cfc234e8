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
    answer = ada.visit(path)
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "'nonce-" in policy
    assert "unsafe" not in policy
    ada.page.wait_for_load_state("networkidle")


def test_missing_page_is_clean(visitors, site):
    guest = visitors()
    assert guest.visit("/nowhere/").status == 404
    guest.page.wait_for_load_state("networkidle")
    assert guest.complaints.pop().startswith(f"{site.base_url}/nowhere/: Failed to load resource")
