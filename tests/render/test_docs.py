"""What the documentation refers to exists."""

import re

import pytest

from tests import rendering
from tests.matrix import DEFAULT, ROOT

PAGES = sorted(
    path for path in ROOT.glob("**/*.md") if not {"build", ".venv"} & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_what_holds_a_row_of_the_guide_s_table_exists():
    rows = [
        line for line in (ROOT / "docs/guide-versus-reality.md").read_text().splitlines() if line[:3] > "| 0"
    ]
    rows = [row for row in rows if re.match(r"\| \d+ \|", row)]
    assert len(rows) >= 40
    numbers = [row.split(" | ")[0] for row in rows]
    assert len(numbers) == len(set(numbers)), "decisions refer to rows by their number"
    project = rendering.project_of(DEFAULT)
    for row in rows:
        for held in row.rstrip(" |").rpartition(" | ")[2].split(", "):
            where = project if held.startswith("project ") else ROOT
            for path in re.findall(r"(?:tests/\S+?|pyproject.toml)(?=[,;]|$)", held):
                assert (where / path).exists(), f"{held} of {row[:40]}"


@pytest.mark.parametrize("name", rendering.applications())
def test_every_file_and_target_that_a_generated_page_names_exists(name):
    project = rendering.applications()[name]
    targets = re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(), re.MULTILINE)
    for page in project.rglob("*.md"):
        text = page.read_text()
        assert not re.search(r"^\|.*\n[^|\n]|^[^|\n].*\n\|", text, re.MULTILINE), "a table runs into text"
        for path in re.findall(r"`((?:apps|config|deploy|docs|tests)/[\w./-]*)`", text):
            assert (project / path).exists(), f"{page.name} names {path}"
        for target in re.findall(r"`make ([a-z-]+)", text):
            assert target in targets, f"{page.name} names make {target}"


@pytest.mark.parametrize("name", rendering.one_for_each("Makefile"))
def test_targets_of_the_generated_makefile_stand_apart_and_are_phony(name):
    text = (rendering.projects()[name] / "Makefile").read_text()
    targets = re.findall(r"^(\n?)([a-z-]+):(?!=)", text, re.MULTILINE)
    assert [target for apart, target in targets if not apart] == []
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)).split()
    assert sorted(phony) == sorted(target for _, target in targets)
