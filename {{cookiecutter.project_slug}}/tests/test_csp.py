import re

import pytest
from django.conf import settings

from apps.core.csp import CLIENT, client_styles, source_hash


def test_every_style_of_the_client_is_allowed():
    minified = CLIENT.with_suffix(".min.js").read_text()
    styles = client_styles()
    assert len(styles) == minified.count('createElement("style")')
    # Production serves the minified client: it has the same texts, but may write line breaks as escapes.
    texts = minified.replace("\\n", "\n")
    assert all(style in texts for style in styles if "djust-error-overlay" not in style)  # with DEBUG only


def test_policy_has_no_way_around():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert not [source for sources in directives.values() for source in sources if "unsafe" in str(source)]
    assert set(map(source_hash, client_styles())) < set(directives["style-src"])


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
def test_every_script_of_a_live_page_has_the_nonce_of_the_policy(client, settings, debug):
    settings.DEBUG = debug
    response = client.get("/")
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", response["Content-Security-Policy"])[1]
    tags = re.findall(r"<script[^>]*>", response.content.decode())
    assert len(tags) >= 3
    assert [tag for tag in tags if f'nonce="{nonce}"' not in tag and "core/connection.js" not in tag] == []
    assert "debug-panel.js" not in response.content.decode()
    assert int(response["Content-Length"]) == len(response.content)


@pytest.mark.django_db
def test_nonce_changes_with_each_page(client):
    assert client.get("/")["Content-Security-Policy"] != client.get("/")["Content-Security-Policy"]
