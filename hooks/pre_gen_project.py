"""Refuse answers that can't work, before a file is written: what is wrong, why, and what mends it.

The rules are data in cookiecutter.json (`_refused`, `_reserved_slugs`); tests/matrix.py reads the same.
"""

import json
import keyword
import re
import shlex
import sys
from importlib.metadata import version
from zoneinfo import available_timezones

OLDEST_COOKIECUTTER = (2, 6)  # 2.6 is the oldest release that the tests render with
LONGEST = {"project_name": 80, "description": 200, "author_name": 80}  # characters
HOST = re.compile(r"(?=.{4,80}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# jsonify leaves single quotes alone, so they are the one thing that could end this literal early.
ANSWERS = json.loads(r"""{{ (cookiecutter | jsonify).replace("'", "\\u0027") }}""")


def old_cookiecutter():
    installed = version("cookiecutter")
    if tuple(int(part) for part in re.findall(r"\d+", installed)[:2]) < OLDEST_COOKIECUTTER:
        wanted = ".".join(map(str, OLDEST_COOKIECUTTER))
        yield f'cookiecutter {installed} is too old: pip install --upgrade "cookiecutter>={wanted}"'


def bad_text(answers):
    for name, longest in LONGEST.items():
        text = answers[name]
        if not text or text != text.strip() or not text.isprintable() or len(text) > longest:
            yield (
                f"{name}={text!r}: write one line of 1 to {longest} characters, "
                "without spaces around it or control characters"
            )


def bad_slug(answers):
    slug = answers["project_slug"]
    suggestion = "_".join(re.findall(r"[a-z0-9]+", slug.lower())).lstrip("0123456789_") or "my_app"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug, re.ASCII) or len(slug) > 40:
        reason = "must be at most 40 lowercase letters, digits and underscores, starting with a letter"
    elif keyword.iskeyword(slug) or keyword.issoftkeyword(slug):
        reason, suggestion = "is a Python keyword", slug + "_app"
    elif slug in sys.stdlib_module_names:
        reason, suggestion = "is a module of Python's standard library", slug + "_app"
    elif slug in answers["_reserved_slugs"]:
        reason, suggestion = "is the name of a package that the project imports", slug + "_app"
    else:
        return
    yield f"project_slug={slug!r} {reason}: for example {suggestion[:40]!r}"


def bad_address(answers):
    email = answers["author_email"]
    if not re.fullmatch(r"[^@\s\"\\]+@[^@\s\"\\]+\.[^@\s\"\\]+", email) or not email.isprintable():
        yield f"author_email={email!r} is not an e-mail address: for example 'ada@example.com'"
    if not HOST.fullmatch(answers["domain_name"]):
        yield (
            f"domain_name={answers['domain_name']!r} is not a host name of at most 80 characters: "
            "for example 'app.example.com', without https:// or a path"
        )


def bad_timezone(answers):
    if answers["timezone"] not in available_timezones():
        place = answers["timezone"].rpartition("/")[2].lower().replace(" ", "_")
        near = sorted(zone for zone in available_timezones() if place and zone.lower().endswith(place))
        yield f"timezone={answers['timezone']!r} is unknown: for example {(near or ['Europe/Berlin'])[0]!r}"


def broken_rules(answers):
    for rule in answers["_refused"]:
        if answers[rule["change"]] in rule["from"] and answers[rule["because_of"]] in rule["being"]:
            yield rule


def refused(answers):
    for rule in broken_rules(answers):
        change, cause = rule["change"], rule["because_of"]
        nearest = answers["_auto"][change][answers["tier"]][answers["cloud"]]
        if change == "broker" and answers["celery"] == "none":
            nearest = "none"
        yield (
            f"{change}={answers[change]} doesn't go with {cause}={answers[cause]}: {rule['reason']}.\n"
            f"    Nearest allowed answer: {change}=auto, which here means {nearest}."
        )


def problems(answers):
    # An older cookiecutter doesn't render private values, so nothing else can be judged with it.
    if found := list(old_cookiecutter()):
        return found
    checks = (bad_text, bad_slug, bad_address, bad_timezone, refused)
    return [message for check in checks for message in check(answers)]


def mended_command(answers):
    """Return the user's command, with each refused answer set to `auto`."""
    command = f"cookiecutter {shlex.quote(answers['_template'])} --no-input{answers['__answers']}"
    for rule in broken_rules(answers):
        change = rule["change"]
        command = command.replace(f" {change}={answers[change]}", f" {change}=auto")
    return command


if found := problems(ANSWERS):
    print("\nThese answers can't be built, and nothing was written:\n", file=sys.stderr)
    for message in found:
        print(f"  - {message}", file=sys.stderr)
    if not list(old_cookiecutter()):
        print("\nYour answers again, to correct and repeat:\n", file=sys.stderr)
        print(f"  {mended_command(ANSWERS)}\n", file=sys.stderr)
    print("What cookiecutter prints after this adds nothing to it.\n", file=sys.stderr)
    sys.exit(1)
