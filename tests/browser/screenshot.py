"""Take docs/screenshot.png anew: python -m tests.browser.screenshot. Needs pngquant and optipng."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import expect

from tests.browser.chromium import chromium
from tests.browser.conftest import PASSWORD, Site, coming_to, render
from tests.matrix import ROOT

PICTURE = ROOT / "docs/screenshot.png"
SIZE = {"width": 1200, "height": 750}
CHECKLIST = "Migrate, drain, deploy, watch. Roll back early: a rollback is a deploy. "
NOTES = "We wait for reports, we reload, and we wait again. Reports come late. "
MINUTES = "The board agreed to the plan, and the plan is to ship in small steps. "
DOCUMENTS = [
    ("ada", "release-checklist.txt", CHECKLIST.encode() * 9, "done"),
    ("bob", "scan-0417.txt", b"\xff\xd8\xff", "failed"),
    ("bob", "interview-notes.txt", NOTES.encode() * 40, "done"),
    ("ada", "minutes-of-the-board.txt", MINUTES.encode() * 25, "done"),
]


def take(site: Site, picture: Path) -> None:
    with chromium() as browser, coming_to(browser, site) as visitors:
        people = {name: visitors(viewport=SIZE, color_scheme="light") for name in ("ada", "bob")}
        for name, person in people.items():
            person.login(name, PASSWORD)
        for owner, name, content, state in DOCUMENTS:
            people[owner].upload(name, content)
            newest = people["ada"].page.locator("#documents > li").first
            expect(newest).to_contain_text(name)
            expect(newest.locator(".state")).to_have_text(state)
        expect(people["ada"].page.locator("#online")).to_contain_text("2 here now")
        people["ada"].page.mouse.move(0, 0)
        people["ada"].page.evaluate("document.activeElement.blur()")
        people["ada"].screenshot(picture)


def shrink(picture: Path) -> None:
    subprocess.run(
        ["pngquant", "--force", "--skip-if-larger", "--output", picture, "256", picture], check=True
    )
    subprocess.run(["optipng", "-quiet", "-o5", "-strip", "all", picture], check=True)


if __name__ == "__main__":
    with TemporaryDirectory() as output, Site(render(Path(output)), "without_debug") as site:
        take(site, PICTURE)
    shrink(PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")
