"""What environments on AWS cost at rest: counts from Terraform's plans, prices from prices.json.

`python3 deploy/aws/cost.py NAME=PLAN.json ...` takes what `terraform show -json` prints of a plan, and prints
a page with a column for each.
"""

import json
import sys
from collections import Counter
from pathlib import Path

PRICES = json.loads((Path(__file__).parent / "prices.json").read_text())
HOURS = 730  # of a month

INTRODUCTION = """\
# What an environment on AWS costs

Per month and environment, in US dollars without tax, at rest: with the least number of tasks and ACUs, and
without what is paid by use (requests, gigabytes sent and stored, log lines, custom metrics). Staging is an
environment too. `deploy/aws/cost.py` computes it from what Terraform has planned.

Prices of {region} ({date}). Source: {source}.
**Check them before you rely on them.**
"""


class Plan:
    """What a plan has of each type, as the values that are known by then, with their addresses."""

    def __init__(self, plan: dict):
        self.resources: dict[str, dict[str, dict]] = {}
        for change in plan["resource_changes"]:
            if change["mode"] == "managed" and change["change"]["after"]:
                self.resources.setdefault(change["type"], {})[change["address"]] = change["change"]["after"]

    def addresses(self, kind: str) -> dict[str, dict]:
        return self.resources.get(f"aws_{kind}", {})

    def each(self, kind: str) -> list[dict]:
        return list(self.addresses(kind).values())

    def count(self, kind: str) -> int:
        return len(self.each(kind))


def bill(plan: dict) -> Counter:
    """Return how much of each item of prices.json a planned environment has."""
    parts = (part(Plan(plan)) for part in (tasks, network, database, caches, search, firewall, rest))
    return sum(parts, Counter())


def tasks(plan: Plan) -> Counter:
    items: Counter = Counter()
    sizes = {
        address.rpartition(".aws_")[0]: size
        for address, size in plan.addresses("ecs_task_definition").items()
    }
    for address, service in plan.addresses("ecs_service").items():
        size = sizes[address.rpartition(".aws_")[0]]
        items["Fargate CPU"] += service["desired_count"] * int(size["cpu"]) / 1024
        items["Fargate GB"] += service["desired_count"] * int(size["memory"]) / 1024
    return items


def network(plan: Plan) -> Counter:
    gateways = plan.count("nat_gateway")
    items = Counter({"NAT gateway": gateways, "public IPv4 address": gateways})
    # Endpoints are in the zones that have a NAT gateway.
    interfaces = sum(endpoint["vpc_endpoint_type"] == "Interface" for endpoint in plan.each("vpc_endpoint"))
    items["interface endpoint in one zone"] = gateways * interfaces
    zones = sum(".public[" in address for address in plan.addresses("subnet"))
    for balancer in plan.each("lb"):
        items[f"{balancer['load_balancer_type']} load balancer"] += 1
        items["public IPv4 address"] += 0 if balancer["internal"] else zones
    return items


def database(plan: Plan) -> Counter:
    items: Counter = Counter()
    for instance in plan.each("db_instance"):
        machines = 2 if instance["multi_az"] else 1
        items[instance["instance_class"]] += machines
        items["GB of a database"] += instance["allocated_storage"] * machines
        items["RDS Proxy for a CPU"] += 2 * plan.count("db_proxy")
    for cluster in plan.each("rds_cluster"):
        capacity = cluster["serverlessv2_scaling_configuration"][0]["min_capacity"]
        items["ACU"] += capacity * plan.count("rds_cluster_instance")
        items["RDS Proxy for an ACU"] += max(8, items["ACU"]) * plan.count("db_proxy")  # 8 are paid at least
    return items


def caches(plan: Plan) -> Counter:
    items: Counter = Counter()
    for cache in plan.each("elasticache_replication_group"):
        nodes = cache.get("num_cache_clusters") or cache["num_node_groups"] * (
            1 + cache["replicas_per_node_group"]
        )
        items[cache["node_type"]] += nodes
    return items


def search(plan: Plan) -> Counter:
    items: Counter = Counter()
    for domain in plan.each("opensearch_domain"):
        machines = domain["cluster_config"][0]
        items[machines["instance_type"]] += machines["instance_count"]
        items[machines["dedicated_master_type"]] += machines["dedicated_master_count"]
        items["GB of OpenSearch"] += machines["instance_count"] * domain["ebs_options"][0]["volume_size"]
    return items


def firewall(plan: Plan) -> Counter:
    rules = sum(len(json.loads(acl["rule_json"])) for acl in plan.each("wafv2_web_acl"))
    return Counter({"firewall": plan.count("wafv2_web_acl"), "rule of the firewall": rules})


def rest(plan: Plan) -> Counter:
    kinds = {"secret": "secretsmanager_secret", "alarm": "cloudwatch_metric_alarm", "key": "kms_key"}
    kinds["dashboard"] = "cloudwatch_dashboard"
    return Counter({item: plan.count(kind) for item, kind in kinds.items()})


def monthly(item: str) -> float:
    """Return an item's price for a month. Raises SystemExit where none is known."""
    if item not in PRICES["hour"] | PRICES["month"]:
        sys.exit(f"There is no price for {item}.\nAdd it to deploy/aws/prices.json, by the hour or month.")
    return PRICES["hour"][item] * HOURS if item in PRICES["hour"] else PRICES["month"][item]


def total(items: Counter) -> float:
    """Return what all of it costs, in dollars a month."""
    return sum(count * monthly(item) for item, count in items.items())


def page(bills: dict[str, Counter]) -> str:
    totals = [f"**{total(items):,.0f}**" for items in bills.values()]
    lines = [
        INTRODUCTION.format(**PRICES),
        f"| | price | {' | '.join(bills)} |",
        f"| --- | ---: |{' ---: |' * len(bills)}",
    ]
    for item in [*PRICES["hour"], *PRICES["month"]]:
        counts = [items[item] for items in bills.values()]
        if any(counts):
            cells = [f"{count:g}: {count * monthly(item):,.0f}" if count else "" for count in counts]
            lines.append(f"| {item} | {monthly(item):,.2f} | {' | '.join(cells)} |")
    lines.append(f"| **together** | | {' | '.join(totals)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    plans = dict(argument.split("=", 1) for argument in sys.argv[1:])
    print(page({tier: bill(json.loads(Path(path).read_text())) for tier, path in plans.items()}), end="")
