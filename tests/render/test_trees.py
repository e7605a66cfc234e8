"""Every combination's project: the files it should have, and what is in them."""

import ast
import json
import re
import sys
import tomllib

import pytest
import yaml

from tests import environment, matrix, rendering
from tests.commands import run
from tests.matrix import DEFINITION

ONE_PER_TREE = {digest: name for name, digest in rendering.trees().items()}.values()
LEFTOVER = re.compile(r"cookiecutter|^\s*#?#%", re.MULTILINE)
# Where these marks belong to another language: Django's templates, GitHub's expressions, Docker's formats.
BRACES = re.compile(r"\{\{|\{%|\{#")
USES_BRACES = {".html", ".yml", "deploy/deploy.sh"}


@pytest.fixture(params=ONE_PER_TREE)
def project(request):
    return rendering.projects()[request.param]


def expected_files(combination):
    """Return the template's files without those whose condition in the prune table the combination fails."""
    pruned = tuple(
        path
        for path, condition in DEFINITION["_only_when"].items()
        if any(matrix.value(combination, name) not in wanted for name, wanted in condition.items())
    )
    return {name for name in rendering.template_files() if not within(name, pruned)}


def within(name, paths):
    """Say whether a file is one of these paths, or in a folder that is."""
    return any(name == path or name.startswith(f"{path}/") for path in paths)


def test_each_combination_has_exactly_its_files():
    for combination in matrix.combinations():
        project = rendering.projects()[matrix.label(combination)]
        assert set(rendering.files(project)) == expected_files(combination), combination
        empty = [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]
        assert not empty, combination


def test_the_prune_table_names_files_and_answers_that_exist():
    for path, condition in DEFINITION["_only_when"].items():
        assert any(within(name, [path]) for name in rendering.template_files()), path
        for name, wanted in condition.items():
            known = {matrix.value(combination, name) for combination in matrix.every_combination()}
            assert set(wanted) < known, (path, name)


def test_nothing_of_the_template_is_left(project):
    for name, content in rendering.files(project).items():
        text = content.decode()
        assert not LEFTOVER.search(text), name
        if not name.endswith(tuple(USES_BRACES)):
            assert not BRACES.search(text), name


def test_white_space_is_as_if_typed_by_hand(project):
    for name, content in rendering.files(project).items():
        text = content.decode()
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name
        assert not text or re.search(r"[^\n]\n\Z", text), f"{name} doesn't end with one newline"
        assert not text.startswith("\n"), name
        blank = "\n\n\n\n" if name.endswith(".py") else "\n\n\n"
        assert blank not in text, f"{name} has a gap"
        assert not (name.endswith(".md") and re.search(r"[^\n]\n#+ ", text)), f"{name} has a crowded heading"


def test_every_file_parses(project):
    parsers = {".py": ast.parse, ".toml": tomllib.loads, ".json": json.loads, ".yml": yaml.safe_load}
    for name, content in rendering.files(project).items():
        if parse := next((parse for suffix, parse in parsers.items() if name.endswith(suffix)), None):
            parse(content.decode())


# One process for all projects, which names the file: starting one for each takes longer than its work.
@pytest.mark.parametrize("command", [("format", "--check"), ("check",)])
def test_ruff_changes_nothing(command):
    everything = (rendering.projects()[name] for name in ONE_PER_TREE)
    run(sys.executable, "-m", "ruff", *command, "--no-cache", *everything)


def test_yamllint_finds_nothing():
    files = {
        file.read_bytes(): file
        for project in rendering.projects().values()
        for suffix in ("yml", "yaml")
        for file in project.rglob(f"*.{suffix}")
    }
    run(sys.executable, "-m", "yamllint", "--strict", "-c", matrix.ROOT / ".yamllint", *files.values())


@pytest.mark.parametrize("name", rendering.one_for_each("config/env.py", ".env.example"))
def test_env_example_is_what_env_py_says(name):
    project = rendering.projects()[name]
    printed = run(environment.python(), "-B", "-m", "config.env", cwd=project)
    assert (project / ".env.example").read_text() == printed


# Released along with what needs it: a pin of its own could only disagree.
PART_OF = {
    "asgiref": "django",
    "botocore": "boto3",
    "kombu": "celery",
    "opensearch-protobufs": "opensearch-py",
}
PROVIDERS = """
import importlib.metadata, json
print(json.dumps(importlib.metadata.packages_distributions()))
"""


@pytest.fixture(scope="module")
def providers():
    """Return the distributions that provide each importable name."""
    return json.loads(run(environment.python(), "-c", PROVIDERS))


def imported(tree: ast.AST):
    """Yield the first part of each imported module, and of each string that could name one."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(level=0):
                yield node.module.partition(".")[0]
            case ast.Constant(value=str(text)) if re.fullmatch(r"\w+(\.\w+)*", text):
                yield text.partition(".")[0]


def test_what_is_imported_is_declared(project, providers):
    declared = {environment.distribution(requirement) for requirement in environment.declared(project)}
    declared |= {part for part, whole in PART_OF.items() if whole in declared}
    for name, content in rendering.files(project).items():
        if not name.endswith(".py"):
            continue
        for module in imported(ast.parse(content)):
            owners = {environment.distribution(owner) for owner in providers.get(module, ())}
            assert not owners or owners & declared, f"{name} uses {module} of {owners}, which is not declared"


def test_template_sources_can_be_linted_as_they_stand():
    for name, content in rendering.template_files().items():
        if name.endswith(".py"):
            ast.parse(content)
        elif name.endswith(".toml"):
            tomllib.loads(content.decode())
