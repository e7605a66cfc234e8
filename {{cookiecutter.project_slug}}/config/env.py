"""Every environment variable the project reads, declared once: this module is the only reader.

`python -m config.env` prints .env.example.
"""

import os
import sys
import textwrap
from typing import Annotated, Any

import dj_database_url
from pydantic import BaseModel, BeforeValidator, Field, ValidationError


def split_commas(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def known_database(value: str) -> str:
    dj_database_url.parse(value)  # raises ValueError for an unknown scheme
    return value


CommaSeparated = Annotated[list[str], BeforeValidator(split_commas)]
DatabaseURL = Annotated[str, BeforeValidator(known_database)]


class Env(BaseModel):
    """One field per variable. A field without a default is required."""

    SECRET_KEY: str = Field(
        min_length=50,
        examples=["what-openssl-rand-base64-48-prints"],
        description="Signs sessions and tokens: 50 or more random characters. "
        "Changing it signs everybody out.",
    )
    ALLOWED_HOSTS: CommaSeparated = Field(
        min_length=1,
        examples=["{{ cookiecutter.domain_name }}"],
        description="Host names the site is served under, separated by commas. "
        "WebSockets are accepted from pages of these hosts only.",
    )
    DATABASE_URL: DatabaseURL = Field(
        examples=["postgresql://user:password@localhost:5432/{{ cookiecutter.project_slug }}"],
        description="The database, as a URL.",
    )
    LOG_LEVEL: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        examples=["WARNING"],
        description="Least severe level that is logged: DEBUG, INFO, WARNING or ERROR.",
    )
    UPLOAD_MAX_BYTES: int = Field(
        default=5_000_000,
        gt=0,
        examples=["20000000"],
        description="Largest file that can be uploaded, in bytes.",
    )


def load(**defaults: str) -> Env:
    """Read the environment; `defaults` stand in for variables that are not set.

    Stops the process with the name, the reason and an example for each variable that is missing or wrong.
    """
    try:
        return Env.model_validate(defaults | dict(os.environ))
    except ValidationError as error:
        sys.exit("\n".join(["The environment is not complete:", *map(explain, error.errors())]))


def explain(error: Any) -> str:
    name = error["loc"][0]
    field = Env.model_fields[name]
    problem = "is missing" if error["type"] == "missing" else f"is wrong ({error['msg']})"
    return f"  {name} {problem}. {field.description}\n    Example: {name}={field.examples[0]}"


def dotenv() -> str:
    """Return the text of .env.example: required variables first, the others commented out."""
    fields = sorted(Env.model_fields.items(), key=lambda item: not item[1].is_required())
    return "\n".join(
        f"{textwrap.fill(field.description, 98, initial_indent='# ', subsequent_indent='# ')}\n"
        f"{'' if field.is_required() else '# '}{name}={field.examples[0]}\n"
        for name, field in fields
    )


if __name__ == "__main__":
    print(dotenv(), end="")
