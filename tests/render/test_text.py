"""Free-text answers come out as they went in, whatever characters they hold."""

import ast
import re
import sys
import tomllib

import pytest
from markdown_it import MarkdownIt

from tests import rendering
from tests.commands import run

HOSTILE = {
    "quotes": """It's "quoted" '''thrice''' and \"\"\"more\"\"\"""",
    "backslashes": r"C:\new\table \" \' \\ \u0041 \N{DASH}",
    "jinja": "{{ cookiecutter.tier }} {% raw %} {# note #} #% if ##% x",
    "shell": "$HOME `id` $(id) ; & | > < * ? ! ~ #",
    "markdown": "*bold* _it_ [a](b) <i>html</i> `code` # | ~~no~~ &amp;",
    "unicode": "Grüße 東京 🦀 Ünïcode",
    "percent and braces": "100% {x} %(y)s ${z} {0}",
    "toml and yaml": "a = 1 # [table] - item: &anchor *alias !tag",
}


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE, scope="module")
def text(request):
    return request.param


@pytest.fixture(scope="module")
def result(text, tmp_path_factory):
    answers = {"project_name": literal(text), "description": literal(text), "author_name": literal(text)}
    result = rendering.render(answers | {"project_slug": "odd"}, tmp_path_factory.mktemp("odd"))
    assert result.project, result.output
    return result


def literal(text: str) -> str:
    """Return an answer that cookiecutter, which renders answers given by command, takes as it stands."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ "{escaped}" }}}}'


def test_toml_holds_the_text(text, result):
    project = tomllib.loads((result.project / "pyproject.toml").read_text())["project"]
    assert project["description"] == text
    assert project["authors"][0]["name"] == text


def test_python_holds_the_text(text, result):
    tree = ast.parse((result.project / "config/settings/base.py").read_text())
    values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    assert ast.literal_eval(values["SITE_NAME"]) == text


def test_readme_shows_the_text(text, result):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse((result.project / "README.md").read_text())
    shown = ["".join(child.content for child in token.children) for token in tokens if token.type == "inline"]
    assert shown[:2] == [text, text]


def test_formatters_change_nothing(result):
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", result.project)
    run(sys.executable, "-m", "ruff", "check", "--no-cache", result.project)


def test_the_printed_command_makes_the_same_project(result, tmp_path):
    command = re.search(r"The same project in one command\n  (.*)\n", result.output)[1]
    run("sh", "-c", f"{sys.executable} -m {command}", cwd=tmp_path)
    assert rendering.files(tmp_path / "odd") == rendering.files(result.project)


@pytest.mark.parametrize("name", ["Ünïcode Äpp", "東京 live", "Ana's café", "!!!"])
def test_a_slug_is_made_of_any_name(name, tmp_path):
    project, output = rendering.render({"project_name": name}, tmp_path)
    assert project, output
    assert re.fullmatch(r"[a-z][a-z0-9_]*", project.name)


def test_the_longest_answers_still_fit_the_line_length(tmp_path):
    longest = {
        "project_name": "N" * 80, "description": "D" * 80, "author_name": "A" * 80, "project_slug": "s" * 40,
        "domain_name": f"{'d' * 63}.{'e' * 12}.com", "author_email": f"{'a' * 60}@example.com",
        "timezone": "America/Argentina/ComodRivadavia",
    }  # fmt: skip
    test_formatters_change_nothing(rendering.render(longest, tmp_path))
