"""`python -m tests.plan.refresh` derives tests/plan/schemas anew, for the types that the project's HCL uses.

For another version of a provider, change PACKAGES, run this, and raise the lower bound in the project's HCL.
"""

import subprocess
import sys

from tests.matrix import every_combination
from tests.plan import schemas
from tests.plan.bindings import extract
from tests.plan.roots import MISTAKEN
from tests.rendering import BUILD, render_all

PACKAGES = {"aws": "cdktn-provider-aws==25.8.1", "random": "cdktn-provider-random==15.0.1"}
DOWNLOADS = BUILD / "bindings"


def used_by_all() -> set[tuple[str, str]]:
    """Return (kind, type) of all that the HCL of any combination declares, and that of test_mistakes.py."""
    on_aws = [combination for combination in every_combination() if combination["cloud"] == "aws"]
    projects = render_all(on_aws).values()
    folders = [MISTAKEN, *(project / "deploy/terraform" for project in projects)]
    return set().union(*map(schemas.used, folders))


def main() -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", DOWNLOADS]
    subprocess.run([*pip, *PACKAGES.values()], check=True)
    wanted = used_by_all()
    for name, package in PACKAGES.items():
        project, _, version = package.partition("==")
        wheel = next(DOWNLOADS.glob(f"{project.replace('-', '_')}-{version}-*.whl"))
        of_provider = {found for found in wanted if found[1].startswith(f"{name}_")}
        provider_version, extracted = extract(wheel, of_provider)
        missing = {(kind, type_name) for kind, type_name in of_provider if type_name not in extracted[kind]}
        if missing:
            sys.exit(f"{name} {provider_version} has no {missing}")
        schemas.write(name, provider_version, extracted)
        print(f"{name} {provider_version}: {len(of_provider)} types")


if __name__ == "__main__":
    main()
