"""What an applied root consists of, with references resolved: its state, as `terraform show -json` has it."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tests.matrix import Answers

OF_PROJECT = ("web", "worker", "beat")


class Resource(NamedTuple):
    address: str
    type: str
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


class Stack:
    """The resources of one root, and what they were made of: the HCL, the project, and its answers."""

    def __init__(self, shown: dict, hcl: Path, root: str, project: Path, answers: Answers):
        everything = list(within(shown["values"]["root_module"]))
        self.resources = [found for mode, found in everything if mode == "managed"]
        self.data = [found for mode, found in everything if mode == "data"]
        self.hcl = hcl
        self.root = root
        self.project = project
        self.answers = answers

    def of(self, *types: str) -> list[Resource]:
        return [found for found in self.resources if found.type in types]

    def read(self, type_name: str) -> list[Resource]:
        """Return what the HCL reads, and doesn't make."""
        return [found for found in self.data if found.type == type_name]

    def by_id(self, type_name: str) -> dict[str, Resource]:
        return {found["id"]: found for found in self.of(type_name)}

    @property
    def name(self) -> str:
        """What everything in an environment is named by, and its own metrics."""
        return next(found["name"] for found in self.of("aws_ecs_cluster"))

    @cached_property
    def services(self) -> dict[str, Resource]:
        """The ECS services, by their names."""
        return {found["name"]: found for found in self.of("aws_ecs_service")}

    def task(self, service: Resource) -> Resource:
        arn = service["task_definition"]
        return next(found for found in self.of("aws_ecs_task_definition") if found["arn"] == arn)

    def containers(self) -> Iterator[tuple[str, dict]]:
        """Return each container of a task with its service's name."""
        for name, service in self.services.items():
            for container in json.loads(self.task(service)["container_definitions"]):
                yield name, container

    def scaling(self, service: Resource) -> tuple[list[Resource], list[Resource]]:
        """Return the targets and the policies that scale a service."""
        cluster = next(found for found in self.of("aws_ecs_cluster") if found["arn"] == service["cluster"])
        scaled = f"service/{cluster['name']}/{service['name']}"
        targets, policies = (
            [found for found in self.of(type_name) if found["resource_id"] == scaled]
            for type_name in ("aws_appautoscaling_target", "aws_appautoscaling_policy")
        )
        return targets, policies

    @cached_property
    def public_subnets(self) -> set[str]:
        """The subnets from whose route table a way leads to the internet's gateway."""
        gateways = self.by_id("aws_internet_gateway").keys()
        routes = [(route["route_table_id"], route["gateway_id"]) for route in self.of("aws_route")]
        for table in self.of("aws_route_table"):
            routes += [(table["id"], route["gateway_id"]) for route in table["route"] or []]
        tables = {table for table, gateway in routes if gateway in gateways}
        return {
            found["subnet_id"]
            for found in self.of("aws_route_table_association")
            if found["route_table_id"] in tables
        }

    @cached_property
    def private_subnets(self) -> set[str]:
        return self.by_id("aws_subnet").keys() - self.public_subnets


def within(module: dict) -> Iterator[tuple[str, Resource]]:
    """Return each resource with its mode, `managed` or `data`."""
    for found in module.get("resources", []):
        yield found["mode"], Resource(found["address"], found["type"], found["values"])
    for child in module.get("child_modules", []):
        yield from within(child)
