"""Which answers are allowed, what `auto` means, and how a refusal reads."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import matrix, rendering
from tests.commands import attempt, run
from tests.matrix import DEFINITION, ROOT


def run_cookiecutter(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the real command, as a user would; its standard error joins its output."""
    command = [sys.executable, "-m", "cookiecutter", ROOT, "--no-input", "--output-dir", folder, *arguments]
    return attempt(*command, env=os.environ | environment)


def test_the_design_s_numbers_hold():
    assert len(matrix.product()) == 3456
    assert len(matrix.refused()) + len(matrix.allowed()) == 3456
    assert len(matrix.allowed()) == 856
    assert len({matrix.label(matrix.resolve(answers)) for answers in matrix.allowed()}) == 240


def test_every_rule_refuses_something_that_no_other_rule_does():
    for rule in DEFINITION["_refused"]:
        assert any(matrix.broken_rules(answers) == [rule] for answers in matrix.refused()), rule


def refuse(answers: dict, folder: Path) -> str | None:
    """Return what is wrong with how these answers are refused, or None."""
    project, output = rendering.render(answers, folder)
    if project or list(folder.iterdir()):
        return f"{answers} left something behind"
    for rule in matrix.broken_rules(answers):
        for name in (rule["change"], rule["because_of"]):
            if f"{name}={answers[name]}" not in output:
                return f"{answers}: the message doesn't name {name}={answers[name]}"
        if rule["reason"] not in output or "Nearest allowed answer" not in output:
            return f"{answers}: the message lacks the reason or the nearest allowed answer"
    return None


def test_every_refused_answer_is_refused_with_its_reason(tmp_path):
    refused = matrix.refused()
    wrong = rendering.in_parallel(refuse, [(answers, tmp_path / str(i)) for i, answers in enumerate(refused)])
    assert not [message for message in wrong if message][:5]


def test_a_refusal_ends_the_real_command_and_offers_one_that_works(tmp_path):
    done = run_cookiecutter(tmp_path, "tier=scale", "static_media=nginx")
    assert done.returncode != 0
    assert not list(tmp_path.iterdir())
    assert "static_media=nginx doesn't go with tier=scale" in done.stdout
    assert "which here means cdn" in done.stdout
    mended = re.search(r"^ +(cookiecutter .*)$", done.stdout, re.MULTILINE)[1]
    run("sh", "-c", f"{sys.executable} -m {mended}", cwd=tmp_path)
    assert (tmp_path / "my_djust_app" / "manage.py").exists()


def same_tree(answers: dict, folder: Path) -> bool:
    rendered = rendering.files(rendering.render(answers, folder).project)
    return rendering.digest(rendered) == rendering.trees()[matrix.label(matrix.resolve(answers))]


def test_every_allowed_answer_renders_as_its_combination_does(tmp_path):
    """An `auto` and its spelled-out answer give byte-equal trees, and so does a second render of either."""
    chosen = {matrix.label(combination) for combination in matrix.combinations()}
    allowed = [answers for answers in matrix.allowed() if matrix.label(matrix.resolve(answers)) in chosen]
    rendering.trees()
    equal = rendering.in_parallel(
        same_tree, [(answers, tmp_path / str(i)) for i, answers in enumerate(allowed)]
    )
    assert [answers for answers, same in zip(allowed, equal, strict=True) if not same] == []


BAD = {
    "slug with a space": ({"project_slug": "my app"}, "for example 'my_app'"),
    "slug that starts with a digit": ({"project_slug": "2fast"}, "for example 'fast'"),
    "slug in capitals": ({"project_slug": "MyApp"}, "for example 'myapp'"),
    "slug that is not ASCII": ({"project_slug": "café"}, "lowercase letters"),
    "slug that is too long": ({"project_slug": "a" * 41}, "at most 40"),
    "slug of one underscore": ({"project_slug": "_"}, "for example 'my_app'"),
    "keyword": ({"project_slug": "class"}, "Python keyword"),
    "soft keyword": ({"project_slug": "match"}, "Python keyword"),
    "standard library": ({"project_slug": "json"}, "standard library"),
    **{
        name: ({"project_slug": name}, "name of a package")
        for name in ("django", "celery", "config", "apps", "tests", "djust")
    },
    "empty name": ({"project_name": " "}, "project_name"),
    "name of two lines": ({"project_name": "a\nb", "project_slug": "ab"}, "one line"),
    "name that is too long": ({"project_name": "x" * 81, "project_slug": "x"}, "80 characters"),
    "e-mail without @": ({"author_email": "ada.example.com"}, "not an e-mail address"),
    "e-mail with a quote": ({"author_email": 'a"b@example.com'}, "not an e-mail address"),
    "domain with a scheme": ({"domain_name": "https://example.com"}, "not a host name"),
    "domain without a dot": ({"domain_name": "localhost"}, "not a host name"),
    "unknown time zone": ({"timezone": "Berlin"}, "Europe/Berlin"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "expected"), BAD.values(), ids=BAD)
def test_bad_text_is_refused_with_the_fix(answers, expected, tmp_path):
    project, output = rendering.render(answers, tmp_path)
    assert project is None
    assert expected in output
    assert not list(tmp_path.iterdir())


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    output = rendering.render(
        {"project_slug": "django", "timezone": "Mars", "broker": "sqs"}, tmp_path
    ).output
    assert all(part in output for part in ("project_slug", "timezone", "broker=sqs"))


def test_unknown_choice_is_refused_by_cookiecutter_itself(tmp_path):
    done = run_cookiecutter(tmp_path, "tier=huge")
    assert done.returncode != 0
    assert "huge" in done.stdout
    assert not list(tmp_path.iterdir())


def test_too_old_cookiecutter_is_told_so(tmp_path):
    """The newest release that is too old, installed for real."""
    old = tmp_path / "site"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--target", old, "cookiecutter==2.5.0")
    done = run_cookiecutter(tmp_path / "out", PYTHONPATH=str(old))
    assert done.returncode != 0
    assert 'pip install --upgrade "cookiecutter>=2.6"' in done.stdout
    assert not list((tmp_path / "out").glob("*"))
