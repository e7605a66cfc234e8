"""Remove what the answers don't need (table `_only_when` in cookiecutter.json) and print the summary."""

import json
import shlex
import shutil
from pathlib import Path

ANSWERS = json.loads(r"""{{ (cookiecutter | jsonify).replace("'", "\\u0027") }}""")
RESOLVED = ("broker", "static_media", "database_pooling")


def unneeded(answers):
    """Yield each path of the table whose condition the answers don't meet."""
    resolved = answers | {name[2:]: value for name, value in answers.items() if name.startswith("__")}
    for path, condition in answers["_only_when"].items():
        if any(resolved[name] not in wanted for name, wanted in condition.items()):
            yield Path(path)


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    while not any(path.parent.iterdir()):
        path = path.parent
        path.rmdir()


def tree(folder, depth=2, indent="  "):
    """Yield one line per entry, folders first; deeper folders are counted, not listed."""
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.is_file(), entry.name)):
        if entry.is_file():
            yield f"{indent}{entry.name}"
        elif depth > 1:
            yield f"{indent}{entry.name}/"
            yield from tree(entry, depth - 1, indent + "  ")
        else:
            count = sum(1 for file in entry.rglob("*") if file.is_file())
            yield f"{indent}{entry.name}/  ({count} files)"


def summary(answers):
    template = shlex.quote(answers["_template"])
    yield f"\n{answers['project_slug']}/"
    yield from tree(Path())
    if resolved := [name for name in RESOLVED if answers[name] == "auto"]:
        yield "\nWhat auto became"
        yield from (f"  {name}={answers['__' + name]}" for name in resolved)
    yield "\nThe same project in one command"
    yield f"  cookiecutter {template} --no-input{answers['__answers']}"
    yield "\nNext"
    yield f"  cd {answers['project_slug']}"
    yield "  make dev      # serves it on http://127.0.0.1:8000"
    yield "  make up       # runs the whole stack in Docker"
    yield "  make test     # runs its tests\n"


for path in unneeded(ANSWERS):
    if path.exists():  # or its folder was not needed either
        remove(path)
print("\n".join(summary(ANSWERS)))
