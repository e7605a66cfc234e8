"""What all stages share: each ends by saying what it covered and how long it took."""

from collections import Counter
from pathlib import Path

import pytest

from tests import rendering, site

TESTS = Path(__file__).parent
# Begun first, in this order: containers take longest, and have to wait while Chromium looks at pages
# (tests/engine.py). So one process does both, and the others help it once they have done the rest.
FIRST = ["browser", "compose"]
seconds: Counter[str] = Counter()
measured: list[str] = []


@pytest.fixture(scope="session")
def services():
    with site.services() as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [stage_of(item.nodeid) != stage for stage in FIRST])


def stage_of(nodeid: str) -> str:
    return nodeid.removeprefix("tests/").partition("/")[0]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds[stage_of(report.nodeid)] += report.duration
    if report.when == "call":
        measured.extend(text for name, text in report.user_properties if name == "measured")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    combinations = f"{len(rendering.projects())} combinations"
    covered = {
        "render": f"{combinations}, {len(set(rendering.trees().values()))} distinct trees",
        "boot": f"{combinations}, {len(rendering.applications())} distinct applications, "
        f"{len(rendering.covering())} of them drilled and in development",
        "compose": f"{combinations}, {len(rendering.stacks())} stacks that have each two answers together, "
        f"{len(rendering.drilled_stacks())} of them drilled",
        "plan": f"{combinations}, {len(rendering.infrastructures())} distinct trees of Terraform",
    }
    terminalreporter.section("stages")
    for stage, took in seconds.items():
        terminalreporter.write_line(f"{stage:9} {covered.get(stage, '')}  {took:.0f} s of tests")
    if measured:
        terminalreporter.section("measured")
        terminalreporter.write("\n".join(sorted(measured)) + "\n")
