"""Mistakes that the tool has to catch, so that a tool which catches nothing is noticed.

What it can't catch is in docs/decisions/0018-terraform-offline.md.
"""

from typing import NamedTuple

import pytest

from tests.plan.roots import MISTAKEN
from tests.plan.terraform import TerraformError, Tree


class Mistake(NamedTuple):
    """What to write instead of a text, and what Terraform says to it."""

    text: str
    instead: str
    message: str
    file: str = "main.tf"


MISTAKES = {
    "argument misspelt": Mistake(
        "desired_count ", "desierd_count ", 'An argument named "desierd_count" is not expected here'
    ),
    "argument of a block misspelt": Mistake(
        "container_port ", "container_prt ", 'An argument named "container_prt" is not expected here'
    ),
    "block misspelt": Mistake(
        "health_check {", "health_chek {", 'Blocks of type "health_chek" are not expected here'
    ),
    "argument missing": Mistake(
        "  vpc_id            = aws_vpc.this.id\n",
        "",
        'The argument "vpc_id" is required',
        "network/main.tf",
    ),
    "argument of a block missing": Mistake(
        '    container_name   = "web"\n', "", 'The argument "container_name" is required'
    ),
    "block repeated": Mistake(
        "  health_check {", "  health_check {}\n  health_check {", 'No more than 1 "health_check" blocks'
    ),
    "text for a number": Mistake("= 1200", '= "20 minutes"', "a number is required"),
    "text for a condition": Mistake(
        "desired_count   = 2", 'enable_execute_command = "sometimes"', "a bool is required"
    ),
    "text for a set": Mistake("network.subnet_ids", "network.vpc_id", "set of string required"),
    "tuple for a text": Mistake('"tasks"\n', '["tasks"]\n', "string required"),
    "attribute that isn't there": Mistake(
        "tasks.url", "tasks.address", 'no argument, nested block, or exported attribute named "address"'
    ),
    "attribute of data that isn't there": Mistake(
        "available.names", "available.zones", 'no argument, nested block, or exported attribute named "zones"'
    ),
    "ignored attribute that isn't there": Mistake(
        "desired_count   = 2",
        "lifecycle {\n    ignore_changes = [desired_cout]\n  }",
        'no argument, nested block, or exported attribute named "desired_cout"',
    ),
    "resource that isn't there": Mistake(
        "definition.web.arn", "definition.worker.arn", "has not been declared in the root module"
    ),
    "type that isn't there": Mistake(
        '"aws_lb_target_group"',
        '"aws_lb_target_groop"',
        "If aws_lb_target_groop exists, run: python -m tests.plan.refresh",
    ),
    "data that isn't there": Mistake(
        'data "aws_availability_zones"',
        'data "aws_availability_zone"',
        "If aws_availability_zone exists, run: python -m tests.plan.refresh",
    ),
    "function that isn't there": Mistake("jsonencode([", "tojson([", 'There is no function named "tojson"'),
    "module that isn't there": Mistake("./network", "./networks", "Unreadable module directory"),
    "output of a module that isn't there": Mistake(
        "network.subnet_ids", "network.private", 'does not have an attribute named "private"'
    ),
    "input of a module missing": Mistake("  zones  =", "  # zones  =", 'The argument "zones" is required'),
    "input of a module that isn't there": Mistake(
        '"./network"\n', '"./network"\n  cidr = "10.0.0.0/16"\n', 'An argument named "cidr" is not expected'
    ),
    "provider that isn't there": Mistake(
        "= aws.us_east_1", "= aws.us_west_1", "Provider configuration not present"
    ),
    "computed attribute set": Mistake(
        'name = "dead"',
        'name = "dead"\n  url  = "https://example.com/dead"',
        "Can't configure a value for 'url'",
    ),
    "secret that would be kept": Mistake(
        "secret_string_wo  ", "secret_string  ", "Invalid use of ephemeral value"
    ),
    "circle": Mistake('name = "dead"', "name = aws_sqs_queue.tasks.arn", "Cycle: aws_sqs_queue."),
    "keys that are not known": Mistake(
        "{ for number, zone in var.zones : zone => number }",
        "{ (aws_vpc.this.id) = 1 }",
        'The "for_each" map includes keys derived from resource attributes that cannot be determined',
        "network/main.tf",
    ),
    "bad count": Mistake('name = "dead"', "count = -1", "must be greater than or equal to zero"),
    "variable out of bounds": Mistake("= 256\n", "= 300\n", "Fargate has no such size"),
    "no such part of a network": Mistake(
        "8, each.value)", "8, each.value + 256)", "does not accommodate a subnet numbered", "network/main.tf"
    ),
    "bad ARN": Mistake('"arn:aws:iam::123456789012:role/execution"', '"execution"', "is an invalid ARN"),
    "bad JSON": Mistake(
        'jsonencode([{ name = "web", image = "web:1" }])', '"[{]"', "contains an invalid JSON"
    ),
    "bad syntax": Mistake("desired_count   = 2", "desired_count   =", "Invalid expression"),
}


def check(tree: Tree) -> None:
    tree.init(".")
    tree.run(".", "validate", "-no-color")
    tree.plan(".")


def test_without_mistakes_nothing_is_said(providers, tmp_path):
    tree = Tree(MISTAKEN, tmp_path / "tree", providers)
    tree.run(".", "fmt", "-check", "-recursive")
    check(tree)


@pytest.mark.parametrize("name", MISTAKES)
def test_it_is_caught(name, providers, tmp_path):
    mistake = MISTAKES[name]
    tree = Tree(MISTAKEN, tmp_path / "tree", providers)
    tree.replace(mistake.file, mistake.text, mistake.instead)
    with pytest.raises(TerraformError) as caught:
        check(tree)
    assert mistake.message in " ".join(str(caught.value).split())


def test_bad_format_is_caught(providers, tmp_path):
    tree = Tree(MISTAKEN, tmp_path / "tree", providers)
    tree.replace("main.tf", 'name = "dead"', 'name  = "dead"')
    with pytest.raises(TerraformError, match=r"main\.tf"):
        tree.run(".", "fmt", "-check", "-recursive")
