"""What the AWS provider does in code and no schema says, as far as the project's plans depend on it."""

import itertools
import json
import re
from collections.abc import Iterator

from tests.plan.values import UNKNOWN, Fill, is_unknown, settings

ACCOUNT = "123456789012"
REGION = "eu-central-1"
NAMES = ("name", "identifier", "cluster_identifier", "replication_group_id", "bucket", "family")
# Attributes that are another one's value.
SAME = {
    ("aws_ecs_cluster", "id"): "arn",
    ("aws_iam_role", "id"): "name",
    ("aws_lb", "id"): "arn",
    ("aws_lb_target_group", "id"): "arn",
    ("aws_s3_bucket", "id"): "bucket",
    ("aws_secretsmanager_secret", "id"): "arn",
    ("aws_secretsmanager_secret_version", "arn"): "secret_id",
    ("aws_sns_topic", "id"): "arn",
    ("aws_sqs_queue", "id"): "url",
}
JSON_DOCUMENTS = {
    "access_policies", "access_policy", "assume_role_policy", "container_definitions", "dashboard_body",
    "policy", "redrive_allow_policy", "redrive_policy",
}  # fmt: skip
NUMBERS = itertools.count(1)
ARN = re.compile(r"^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}|aws|cloudfront)?:.+")


def made_up(type_name: str, config: dict, number: int | None = None) -> Fill:
    """Return what fills attributes: values of their type, ids and ARNs of their form.

    No two objects are alike, but for what is read, which is the same each time: it has the number 0.
    """
    service = type_name.split("_")[1]
    number = next(NUMBERS) if number is None else number
    label = next((config[name] for name in NAMES if isinstance(config.get(name), str)), f"{service}-{number}")

    def fill(name: str, attribute: dict) -> object:
        kind = attribute["type"]
        same = SAME.get((type_name, name))
        if same:
            return config.get(same) or fill(same, attribute)
        if kind != "string":
            return empty(kind, fill)
        if name in JSON_DOCUMENTS:
            return ""
        if name == "result":  # of a random_password
            return str(number).rjust(int(config["length"]), "x")
        if name == "arn" or name.endswith("_arn"):
            place = "secretsmanager" if "secret" in name + type_name else service
            return f"arn:aws:{place}:{REGION}:{ACCOUNT}:{type_name}:{label}"
        if name == "url":
            return f"https://{service}.{REGION}.amazonaws.com/{ACCOUNT}/{label}"
        return (
            f"{service}-{number or label}" if name == "id" else f"{label}-{name.replace('_', '-')}-{number}"
        )

    return fill


def empty(kind: str | list, fill: Fill) -> object:
    """Return a value of a type. A list of objects has one, so that its first can be looked into."""
    if isinstance(kind, str):
        return {"string": "", "number": 0, "bool": False}.get(kind)
    if kind[0] == "object":
        return {name: fill(name, {"type": of}) for name, of in kind[1].items()}
    if kind[0] in ("list", "set") and kind[1][0] == "object":
        return [empty(kind[1], fill)]
    return {} if kind[0] == "map" else []


def policy_document(config: dict) -> dict:
    """Render an aws_iam_policy_document."""
    statements = []
    for statement in config.get("statement") or []:
        entry = {"Effect": statement.get("effect") or "Allow"}
        if statement.get("sid"):
            entry["Sid"] = statement["sid"]
        for word in ("actions", "not_actions", "resources", "not_resources"):
            if statement.get(word):
                entry[spelled(word)] = one_or_all(sorted(statement[word]))
        for word in ("principals", "not_principals"):
            for who in statement.get(word) or []:
                entry.setdefault(spelled(word), {})[who["type"]] = one_or_all(sorted(who["identifiers"]))
        for condition in statement.get("condition") or []:
            of_test = entry.setdefault("Condition", {}).setdefault(condition["test"], {})
            of_test[condition["variable"]] = one_or_all(condition["values"])
        statements.append(entry)
    for word in ("source_policy_documents", "override_policy_documents"):
        for document in config.get(word) or []:
            statements += json.loads(document)["Statement"]
    document = {"Version": config.get("version") or "2012-10-17", "Statement": statements}
    return {"json": json.dumps(document, indent=2)}


def spelled(word: str) -> str:
    """Return the key of a policy for an argument: NotAction for not_actions."""
    return word.removesuffix("s").title().replace("_", "")


def one_or_all(values: list) -> object:
    return values[0] if len(values) == 1 else values


# What data sources answer, where more than a made-up value is needed.
DATA = {
    "aws_availability_zones": lambda config: {
        "names": [REGION + zone for zone in "abc"],
        "zone_ids": [f"euc1-az{number}" for number in (1, 2, 3)],
    },
    "aws_caller_identity": lambda config: {"account_id": ACCOUNT, "id": ACCOUNT},
    "aws_iam_policy_document": policy_document,
    "aws_partition": lambda config: {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"},
    "aws_region": lambda config: {"region": config.get("region") or REGION, "name": REGION, "id": REGION},
}


def validation_options(config: dict) -> dict:
    names = {config["domain_name"], *(config.get("subject_alternative_names") or [])}
    records = ("resource_record_name", "resource_record_type", "resource_record_value")
    if any(map(is_unknown, names)):
        return {}
    return {
        "domain_validation_options": [
            {"domain_name": name} | dict.fromkeys(records, UNKNOWN) for name in sorted(names)
        ]
    }


# Computed attributes that are known when a new object is planned, so that for_each may depend on them.
PLANNED = {"aws_acm_certificate": validation_options}


def mistakes(block: dict, config: dict) -> Iterator[tuple[tuple, str]]:
    """Return (path, message) of each mistake that the provider's own validators find, worded as there."""
    for path, attribute, value in settings(block, config):
        name = path[-1]
        if attribute.get("computed") and not attribute.get("optional"):
            yield path, f"Can't configure a value for {name!r}: its value will be decided automatically"
        elif not isinstance(value, str):
            continue
        elif name in JSON_DOCUMENTS and value.lstrip()[:1] in ("[", "{"):
            try:
                json.loads(value)
            except ValueError as error:
                yield path, f"{name!r} contains an invalid JSON: {error}"
        elif name.endswith("_arn") and not ARN.match(value):
            yield path, f"{name!r} ({value}) is an invalid ARN"
