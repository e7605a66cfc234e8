"""Markdown tables with the first arm as the yardstick, and their place in the decision records."""

import re
from pathlib import Path

DECISIONS = Path(__file__).parent.parent / "docs" / "decisions"


def number(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(results: dict[str, dict[str, object]]) -> str:
    """One row per figure; from the second arm on, numbers have their ratio to the first arm beside them."""
    arms = list(results)
    rows = [["", *arms], ["---"] * (len(arms) + 1)]
    for name, base in results[arms[0]].items():
        row = [name, number(base)]
        for arm in arms[1:]:
            value = results[arm].get(name, "")
            ratio = (
                f" (x {value / base:.2f})"
                if isinstance(value, float) and isinstance(base, float) and base
                else ""
            )
            row.append(number(value) + ratio)
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(record: str, question: str, text: str) -> None:
    """Replace what stands between the question's marks in a decision record."""
    (path,) = DECISIONS.glob(f"{record}-*.md")
    marks = re.compile(f"(<!-- bench {question} -->\n).*?(<!-- /bench -->)", re.S)
    path.write_text(marks.sub(lambda mark: f"{mark[1]}{text}\n{mark[2]}", path.read_text()))
