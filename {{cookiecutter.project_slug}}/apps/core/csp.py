"""What djust's browser client needs to work under a content security policy without `unsafe-inline`."""

import base64
import hashlib
import re
from pathlib import Path

import djust
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

CLIENT = Path(djust.__file__).parent / "static/djust/client.js"
# A <style> that the client makes: up to its text, which is a literal without escapes.
CLIENT_STYLE = re.compile(r"""createElement\('style'\);[^`]*?\.textContent = (['`])([^\\]+?)\1;""")
# The tags that djust appends to a page. No text of a page can look like one: templates escape `<`.
CLIENT_SCRIPT = re.compile(rb'<script(?=[^>]* data-turbo-track="reload")(?![^>]* nonce=)')
# djust's debug panel is built of inline styles. Development keeps to production's policy instead.
DEBUG_PANEL = re.compile(rb'<script src="[^"]*/djust/debug-panel\.js"[^>]*></script>')


def client_styles() -> list[str]:
    """Return the text of each <style> that djust's client adds to a page.

    Read from the installed package, so that an update of djust can't leave stale hashes behind.
    """
    client = CLIENT.read_text()

    def constant(name: re.Match[str]) -> str:
        return re.search(rf"const {name[1]} = '([^']*)'", client)[1]

    return [re.sub(r"\$\{(\w+)\}", constant, match[2]) for match in CLIENT_STYLE.finditer(client)]


def source_hash(text: str) -> str:
    """Return the CSP source that allows an inline element with exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class LiveViewCSPMiddleware(CSPMiddleware):
    """Send the policy, and put its nonce on the script tags that djust adds to a page without one."""

    def process_request(self, request: HttpRequest) -> None:
        # django-csp's own nonce is false until first used, and djust takes it for missing.
        request.csp_nonce = self._make_nonce(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            tag = f'<script nonce="{request.csp_nonce}"'.encode()
            response.content = CLIENT_SCRIPT.sub(tag, DEBUG_PANEL.sub(b"", response.content))
            if "Content-Length" in response:
                response["Content-Length"] = len(response.content)
        return super().process_response(request, response)
