"""What an environment costs is counted right, and told alike wherever it is told."""

from collections import Counter

import pytest

from tests.matrix import DEFINITION
from tests.plan import cost, roots

SIZES = DEFINITION["_sizes"]


@pytest.fixture(scope="module")
def bills(providers, tmp_path_factory):
    return cost.bills(providers, tmp_path_factory.mktemp("trees"))


def test_the_page_is_of_these_plans(bills):
    assert cost.PAGE.read_text() == cost.script().page(bills), "python -m tests.plan.cost writes it anew"


@pytest.mark.parametrize("tier", roots.TIERS)
def test_the_readme_rounds(tier, bills):
    told, total = SIZES[tier]["aws"]["dollars_a_month"], cost.script().total(bills[tier])
    assert abs(told - total) < 0.02 * total


@pytest.mark.parametrize("tier", roots.TIERS)
def test_what_sizes_say_is_counted(tier, bills):
    sizes, bill = SIZES[tier], bills[tier]
    tasks = [sizes[name] for name in ("web", "worker", "beat")]
    assert bill["Fargate CPU"] == sum(task["replicas"] * float(task["cpus"]) for task in tasks)
    assert bill["NAT gateway"] == (1 if sizes["aws"]["one_nat_gateway"] else len(sizes["aws"]["zones"]))
    database = sizes["aws"]["database"]
    if tier == "pilot":
        assert bill[database["instance_class"]] == 1
        assert bill["GB of a database"] == database["storage"]
    else:
        assert bill["ACU"] == database["min_capacity"] * database["instances"]
    cache = sizes["aws"]["cache"]
    clusters = {"pilot": 1, "production": 2, "scale": 2}[tier]  # of nodes that are alike
    assert bill[cache["node_type"]] == clusters * cache.get("shards", 1) * (1 + cache["replicas"])


def test_what_has_no_price_is_told():
    with pytest.raises(SystemExit, match=r"no price for db\.r8g\.large\.\nAdd it to deploy/aws/prices\.json"):
        cost.script().page({"production": Counter({"db.r8g.large": 1})})
