"""compose.yaml and what belongs to it, read as text; the compose stage runs it."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests import rendering
from tests.commands import run
from tests.matrix import FIRST, resolve

# What no module of the project reads, but a library of it.
OF_LIBRARIES = {
    "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY",
    "GCE_METADATA_HOST", "GCE_METADATA_IP", "REQUESTS_CA_BUNDLE", "STORAGE_EMULATOR_HOST",
}  # fmt: skip
COMPOSE = "compose.yaml"
BESIDE = ("deploy/env.sh", ".env.example", "config/databases.py", "config/settings/celery.py")
BY_APP = ("web", "worker", "beat", "migrate")


def variables(text: str, line: str) -> set[str]:
    return set(re.findall(line, text, re.MULTILINE))


def services_of(project: Path) -> dict[str, dict]:
    return yaml.safe_load((project / "compose.yaml").read_text())["services"]


def processes_get_exactly_the_variables_that_settings_declare(project: Path) -> None:
    example = (project / ".env.example").read_text()
    required, known = variables(example, r"^(\w+)="), variables(example, r"^(?:# )?([A-Z]\w+)=")
    written = variables((project / "deploy/env.sh").read_text(), r"^(\w+)=")
    services = services_of(project)
    for name in set(BY_APP) & set(services):
        assert services[name]["env_file"] == ".env", name
        given = set(services[name]["environment"])
        assert required <= given | written, f"{name} lacks {required - given - written}"
        assert given - known <= OF_LIBRARIES, f"nobody reads {given - known - OF_LIBRARIES} of {name}"


def what_compose_asks_for_is_in_the_file_that_it_reads(project: Path) -> None:
    text = (project / "compose.yaml").read_text()
    written = variables((project / "deploy/env.sh").read_text(), r"^(\w+)=")
    wanted = variables(text, r"\$\{(\w+)(?:\}|:\?)") | variables(text, r"(?<!\$)\$([A-Z]\w+)")
    assert wanted <= written, f"{wanted - written} would be empty"
    for secret in re.findall(r"^(\w+)=\$\(secret", (project / "deploy/env.sh").read_text(), re.MULTILINE):
        assert f"${{{secret}:?" in text, f"nothing stops where {secret} is missing"


def all_are_confined(project: Path) -> None:
    """In what they may do, what they may write and how much they may take."""
    for name, service in services_of(project).items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("read_only") or name == "opensearch", name  # which writes beside its programs
        one_shot = service.get("restart") == "no"
        assert one_shot or "mem_limit" in service or service["deploy"]["resources"]["limits"], name


def logs_fill_no_disk(project: Path) -> None:
    for name, service in services_of(project).items():
        assert service["logging"] == {"driver": "local"}, name


def there_is_one_beat(project: Path) -> None:
    beat = services_of(project).get("beat", {"deploy": {"replicas": 1}})
    assert beat["deploy"]["replicas"] == 1


def nothing_starts_before_the_database_is_migrated(project: Path) -> None:
    services = services_of(project)
    for name in set(BY_APP) & set(services) - {"migrate"}:
        needed = services[name]["depends_on"]
        assert needed["migrate"]["condition"] == "service_completed_successfully", name
    for name in services["migrate"]["depends_on"]:
        healthy = services["migrate"]["depends_on"][name]["condition"]
        assert healthy in ("service_healthy", "service_completed_successfully"), name


def only_nginx_is_reached_from_outside(project: Path) -> None:
    """And what stands in for a cloud, from this machine."""
    for name, service in services_of(project).items():
        for port in service.get("ports", []):
            stand_in = name in ("aws", "google") and port.startswith("127.0.0.1:")
            assert name == "nginx" or stand_in, f"{name} publishes {port}"


def what_is_built_here_is_not_fetched(project: Path) -> None:
    """Not even before it is built, by a service that only names the image."""
    services = services_of(project)
    built = {service["image"] for service in services.values() if "build" in service}
    for name, service in services.items():
        if service["image"] in built and service.get("pull_policy") != "never":
            assert "build" in service, f"{name} asks a registry for {service['image']}"


def health_checks_ask_the_port_that_is_configured(project: Path) -> None:
    for name in {"worker", "beat"} & set(services_of(project)):
        assert "127.0.0.1:${METRICS_PORT:-9180}" in services_of(project)[name]["healthcheck"]["test"][-1]


def the_database_has_room_while_servers_are_replaced(project: Path) -> None:
    """Where processes keep connections of their own: twice as many servers run then, of two each."""
    pool = re.search(r"POOL_SIZE = (\w+)", (project / "config/databases.py").read_text())
    if not pool:
        return
    if not (size := pool[1]).isdigit():  # the name of a setting of Celery's
        size = re.search(rf"{size} = (\d+)", (project / "config/settings/celery.py").read_text())[1]
    services = services_of(project)
    database = services.get("replica", services["postgres"])
    processes = {"web": 2 * 2 * services["web"]["deploy"]["replicas"], "worker": 1, "beat": 1}
    [allowed] = re.findall(r"--max_connections=(\d+)", " ".join(database["command"])) or ["100"]
    wanted = int(size) * sum(count for name, count in processes.items() if name in services)
    assert wanted <= int(allowed) - 3, f"{wanted} connections, and 3 are kept for the superuser"


CHECKS = (
    processes_get_exactly_the_variables_that_settings_declare,
    what_compose_asks_for_is_in_the_file_that_it_reads,
    all_are_confined,
    logs_fill_no_disk,
    there_is_one_beat,
    nothing_starts_before_the_database_is_migrated,
    only_nginx_is_reached_from_outside,
    what_is_built_here_is_not_fetched,
    health_checks_ask_the_port_that_is_configured,
    the_database_has_room_while_servers_are_replaced,
)


@pytest.mark.parametrize("name", rendering.one_for_each(COMPOSE, *BESIDE))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds(name, check):
    check(rendering.projects()[name])


# What to take away, what is left then, and the check that is to notice.
GUARDS = {
    "a variable of the app": (
        COMPOSE,
        "    REDIS_CHANNEL_URL: ",
        "    REDIS_CHANNELS_URL: ",
        processes_get_exactly_the_variables_that_settings_declare,
    ),
    "the file with the secrets": (
        COMPOSE,
        "  env_file: .env\n",
        "  env_file: .env.local\n",
        processes_get_exactly_the_variables_that_settings_declare,
    ),
    "a stop where a secret is missing": (
        COMPOSE,
        "${SECRET_KEY:?add it to .env, which make up writes where there is none}",
        "",
        what_compose_asks_for_is_in_the_file_that_it_reads,
    ),
    "a secret of its own": (
        "deploy/env.sh",
        "REDIS_PASSWORD=",
        "REDIS_SECRET=",
        what_compose_asks_for_is_in_the_file_that_it_reads,
    ),
    "no capabilities": (COMPOSE, "  cap_drop: [ALL]\n", "  cap_drop: [NET_RAW]\n", all_are_confined),
    "no new privileges": (COMPOSE, "no-new-privileges:true", "no-new-privileges:false", all_are_confined),
    "read-only file systems": (COMPOSE, "\n  read_only: true\n", "\n", all_are_confined),
    "bounds of memory": (COMPOSE, "    mem_limit: 256m\n", "", all_are_confined),
    "bounds of logs": (COMPOSE, "  driver: local\n", "  driver: json-file\n", logs_fill_no_disk),
    "logs of all": (COMPOSE, "    logging: *logging\n", "", logs_fill_no_disk),
    "one beat": (
        COMPOSE,
        'replicas: 1\n      resources:\n        limits: {cpus: "0.25"',
        'replicas: 2\n      resources:\n        limits: {cpus: "0.25"',
        there_is_one_beat,
    ),
    "migrations first": (
        COMPOSE,
        "migrate: {condition: service_completed_successfully}",
        "migrate: {condition: service_started}",
        nothing_starts_before_the_database_is_migrated,
    ),
    "a healthy database": (
        COMPOSE,
        "postgres: {condition: service_healthy}",
        "postgres: {condition: service_started}",
        nothing_starts_before_the_database_is_migrated,
    ),
    "no open database": (
        COMPOSE,
        "    stop_signal: SIGINT\n",
        '    stop_signal: SIGINT\n    ports: ["5432:5432"]\n',
        only_nginx_is_reached_from_outside,
    ),
    "the port of metrics": (
        COMPOSE,
        "${METRICS_PORT:-9180}",
        "9180",
        health_checks_ask_the_port_that_is_configured,
    ),
    "room in the database": (
        COMPOSE,
        "      - --max_connections=250\n",
        "",
        the_database_has_room_while_servers_are_replaced,
    ),
    "nobody else's image": (COMPOSE, "  pull_policy: never", "  ", what_is_built_here_is_not_fetched),
}


@pytest.mark.parametrize("name", GUARDS)
def test_removal_is_noticed(name, tmp_path):
    file, text, without, check = GUARDS[name]
    project = rendering.project_of(resolve(FIRST))
    for path in (COMPOSE, *BESIDE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / path, tmp_path / path)
    check(tmp_path)
    whole = (tmp_path / file).read_text()
    assert text in whole, f"{file} has no {text!r}"
    (tmp_path / file).write_text(whole.replace(text, without))
    with pytest.raises((AssertionError, KeyError)):
        check(tmp_path)


SCRIPTS = {
    content: project / name
    for project in rendering.projects().values()
    for name, content in rendering.files(project).items()
    if name.endswith(".sh")
}


def test_shellcheck_finds_nothing():
    run(Path(sys.executable).parent / "shellcheck", *SCRIPTS.values())


def test_scripts_can_be_executed():
    assert not [str(path) for path in SCRIPTS.values() if not path.stat().st_mode & 0o100]
