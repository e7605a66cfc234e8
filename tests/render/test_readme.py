"""The README's tables say what cookiecutter.json says."""

from tests.matrix import DEFINITION, QUESTIONS, ROOT

README = (ROOT / "README.md").read_text()
CLOUDS = QUESTIONS["cloud"]


def row(start: str) -> list[str]:
    line = next(line for line in README.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_every_question_is_listed_with_its_choices():
    for name, choices in QUESTIONS.items():
        assert row(name)[0] == ", ".join(choices)
    free_text = [name for name in DEFINITION if name[0] != "_" and name not in QUESTIONS]
    assert row(", ".join(free_text))[0] == "free text"


def described(by_cloud: dict[str, str]) -> str:
    """Return `x on cloud, else y` for what one cloud has of its own, and `y` where all are alike."""
    values = list(by_cloud.values())
    common = max(values, key=values.count)
    return ", else ".join(
        [f"{by_cloud[cloud]} on {cloud}" for cloud in CLOUDS if by_cloud[cloud] != common] + [common]
    )


def test_the_tier_table_says_what_auto_means():
    for name, by_tier in DEFINITION["_auto"].items():
        assert row(f"{name}=auto") == [described(by_tier[tier]) for tier in QUESTIONS["tier"]]
