"""Headless Chromium, and pages that remember everything a browser complained about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Response,
    sync_playwright,
)

from tests.services import wait_until

FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Runs before a page's own scripts: Chromium reports a violation to the page as well as to its console.
COLLECT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const { effectiveDirective, blockedURI, sourceFile, lineNumber } = event
  console.error(`CSP: ${effectiveDirective} refused ${blockedURI} ${sourceFile}:${lineNumber}`)
})
"""

WHEN_UPLOADED = """
() => {
  window.uploaded = false
  addEventListener("djust:upload:progress", (event) => {
    window.uploaded ||= event.detail.status === "complete"
  })
}
"""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Start the system's Chromium; playwright's own download isn't needed."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise FileNotFoundError("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person: a browser profile with its own cookies, and one tab."""

    def __init__(self, browser: Browser, base_url: str, **options):
        options = {"viewport": DESKTOP, "locale": "en-US"} | options
        self.context: BrowserContext = browser.new_context(base_url=base_url, **options)
        self.context.add_init_script(COLLECT_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text} ({message.location.get('url', '')})")

    def visit(self, path: str) -> Response:
        """Load a page and wait until it is live, if it can be; returns what the server answered."""
        answer = self.page.goto(path)
        if self.page.locator("[dj-view]").count():
            self.wait_live()
        return answer

    def wait_for(self, script: str, timeout: float = 60) -> None:
        """Poll until the script is true; playwright's wait_for_function needs `unsafe-eval` in the page."""

        def holds() -> object:
            try:
                return self.page.evaluate(script)
            except Error as error:
                if "context was destroyed" not in str(error):  # of a page that is just being left
                    raise

        wait_until(holds, script, timeout)

    def wait_live(self, timeout: float = 60) -> None:
        self.wait_for("Boolean(window.djust?.liveViewInstance?.viewMounted)", timeout)

    def login(self, username: str, password: str) -> None:
        self.visit("/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/documents/")
        self.wait_live()

    def choose(self, name: str, content: bytes) -> None:
        """Choose a text file and wait until it is up."""
        self.page.evaluate(WHEN_UPLOADED)
        file = {"name": name, "mimeType": "text/plain", "buffer": content}
        self.page.locator("#file").set_input_files(file)
        self.wait_for("window.uploaded")

    def upload(self, name: str, content: bytes) -> None:
        """Choose a text file and save it as soon as the page lets one."""
        file = {"name": name, "mimeType": "text/plain", "buffer": content}
        self.page.locator("#file").set_input_files(file)
        self.page.locator("#save").click()

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, animations="disabled")

    def close(self) -> None:
        self.context.close()
