"""Every answer that the template can be given, and what becomes of it.

The questions, the rules and what `auto` means are data in cookiecutter.json, which the hooks read too.
`python -m tests.matrix` prints how many answers are refused and allowed, and lists the combinations;
ONLY="tier=scale cloud=aws" in the environment narrows the list, as it does for each stage of `make test`.
"""

import itertools
import json
import os
import sys
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
DEFINITION = json.loads((ROOT / "cookiecutter.json").read_text())
QUESTIONS = {
    name: choices for name, choices in DEFINITION.items() if isinstance(choices, list) and name[0] != "_"
}
# The questions that `auto` can answer: what it means is a private value, rendered from the other answers.
RESOLVED = {
    name: Environment(undefined=StrictUndefined, autoescape=False).from_string(DEFINITION[f"__{name}"])  # noqa: S701
    for name in DEFINITION["_auto"]
}

Answers = dict[str, str]


def product() -> list[Answers]:
    """Return the full product of all choices, in the order in which they are asked."""
    return [dict(zip(QUESTIONS, choices, strict=True)) for choices in itertools.product(*QUESTIONS.values())]


def broken_rules(answers: Answers) -> list[dict]:
    """Return the rules that forbid these answers; none means that they are allowed."""
    return [
        rule
        for rule in DEFINITION["_refused"]
        if answers[rule["change"]] in rule["from"] and answers[rule["because_of"]] in rule["being"]
    ]


def resolve(answers: Answers) -> Answers:
    """Return the answers with what each `auto` stands for; two that resolve alike are one combination."""
    context = {**DEFINITION, **answers}
    return answers | {name: template.render(cookiecutter=context) for name, template in RESOLVED.items()}


def value(combination: Answers, name: str) -> str:
    """Return an answer, or what the private value of that name in cookiecutter.json comes to."""
    if name in combination:
        return combination[name]
    context = {**DEFINITION, **combination, **{f"__{name}": combination[name] for name in RESOLVED}}
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(DEFINITION[f"__{name}"])  # noqa: S701
    return template.render(cookiecutter=context)


def label(combination: Answers) -> str:
    return "-".join(combination[name] for name in QUESTIONS)


FIRST = {name: choices[0] for name, choices in QUESTIONS.items()}
DEFAULT = resolve(FIRST)


def ask_for(combination: Answers) -> Answers:
    """Return answers that spell the combination out, with `auto` only where nothing else may be said."""
    return {name: "auto" if value not in QUESTIONS[name] else value for name, value in combination.items()}


@cache
def allowed() -> list[Answers]:
    return [answers for answers in product() if not broken_rules(answers)]


@cache
def refused() -> list[Answers]:
    return [answers for answers in product() if broken_rules(answers)]


@cache
def every_combination() -> list[Answers]:
    return list({label(combination): combination for combination in map(resolve, allowed())}.values())


@cache
def combinations() -> list[Answers]:
    """Return the combinations that ONLY selects (all of them without it)."""
    wanted = only(os.environ.get("ONLY", ""))
    return [
        combination
        for combination in every_combination()
        if all(combination[name] == value for name, value in wanted.items())
    ]


def only(text: str) -> Answers:
    """Read `name=value name=value`. Stops the process where a question or an answer doesn't exist."""
    wanted = dict(word.partition("=")[::2] for word in text.split())
    for name, value in wanted.items():
        known = QUESTIONS.get(name)
        if known is None:
            sys.exit(f"ONLY: there is no question {name!r}; there are {', '.join(QUESTIONS)}")
        if value not in [*known, "none"] or value == "auto":
            sys.exit(f"ONLY: {name}={value} selects nothing; there are {', '.join(known)}")
    return wanted


def pairs(combination: Answers) -> set[tuple]:
    return set(itertools.combinations(combination.items(), 2))


def covering(wanted: list[Answers]) -> list[Answers]:
    """Return some of these combinations, so that each two answers that go together do so in one of them."""
    chosen = []
    missing = set().union(*map(pairs, wanted))
    while missing:
        best = max(wanted, key=lambda combination: len(pairs(combination) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen


def main() -> None:
    print(f"{len(product()):5} answers in the full product")
    print(f"{len(refused()):5} refused")
    print(f"{len(allowed()):5} allowed")
    print(f"{len(combinations()):5} distinct combinations, as each `auto` means one of the other answers\n")
    widths = {name: max(map(len, [name, *choices])) for name, choices in QUESTIONS.items()}
    for row in [dict(zip(QUESTIONS, QUESTIONS, strict=True)), *combinations()]:
        print("  ".join(row[name].ljust(width) for name, width in widths.items()).rstrip())


if __name__ == "__main__":
    main()
